#include "machine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "spawn.h"

void machine_begin(struct machine *machine) {
    memset(machine, 0, sizeof *machine);
    machine->channel = machine->console = machine->console_writer = -1;
}

int machine_start_helpers(struct machine *machine, const struct plan *plan) {
    if (descriptor_pipe(&machine->console, &machine->console_writer) != 0) return -1;
    for (size_t i = 1; i < plan->count; i++) {
        pid_t pid = spawn_process(&plan->processes[i], machine->console_writer, -1);
        if (pid < 0) return -1;
        machine->pids[i] = pid;
    }
    return 0;
}

bool machine_has_helpers(const struct plan *plan) {
    struct stat status;

    for (size_t i = 1; i < plan->count; i++)
        if (stat(plan->processes[i].socket, &status) != 0) return false;
    return true;
}

int machine_start_vmm(struct machine *machine, const struct plan *plan) {
    int theirs;

    if (descriptor_socket_pair(&machine->channel, &theirs) != 0) return -1;
    pid_t pid = spawn_process(&plan->processes[0], machine->console_writer, theirs);
    int error = errno;
    close(theirs);
    close(machine->console_writer);
    machine->console_writer = -1;
    errno = error;
    if (pid < 0) return -1;
    machine->pids[0] = pid;
    return 0;
}

void machine_kill(const struct machine *machine) {
    for (size_t i = 0; i < PLAN_MAX_PROCESSES; i++)
        if (machine->pids[i] > 0) kill(machine->pids[i], SIGKILL);
}

bool machine_reap(struct machine *machine) {
    bool ended = false;
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < PLAN_MAX_PROCESSES; i++) {
            if (machine->pids[i] != pid) continue;
            machine->pids[i] = 0;
            if (i == 0 || machine->channel < 0) ended = true;
        }
    }
    return ended;
}

bool machine_runs(const struct machine *machine) {
    for (size_t i = 0; i < PLAN_MAX_PROCESSES; i++)
        if (machine->pids[i] > 0) return true;
    return false;
}
