#include "machine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "spawn.h"

static int start_process(struct machine *machine, const struct plan *plan, size_t i, int socket);

void machine_begin(struct machine *machine) {
    memset(machine, 0, sizeof *machine);
    machine->channel = machine->console = machine->console_writer = -1;
}

int machine_start(struct machine *machine, const struct plan *plan) {
    int theirs;

    if (descriptor_pipe(&machine->console, &machine->console_writer) != 0) return -1;
    for (size_t i = 1; i < plan->count; i++) {
        int listener = descriptor_listen(plan->processes[i].socket);
        if (listener < 0 || start_process(machine, plan, i, listener) != 0) return -1;
    }
    if (descriptor_socket_pair(&machine->channel, &theirs) != 0) return -1;
    if (start_process(machine, plan, 0, theirs) != 0) return -1;
    close(machine->console_writer);
    machine->console_writer = -1;
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
            if (i > 0) continue;
            machine->vmm_status = status;
            ended = true;
        }
    }
    return ended;
}

bool machine_runs(const struct machine *machine) {
    for (size_t i = 0; i < PLAN_MAX_PROCESSES; i++)
        if (machine->pids[i] > 0) return true;
    return false;
}

/* Takes ownership of the socket. */
static int start_process(struct machine *machine, const struct plan *plan, size_t i, int socket) {
    pid_t pid = spawn_process(&plan->processes[i], machine->console_writer, socket);
    int error = errno;

    close(socket);
    errno = error;
    if (pid < 0) return -1;
    machine->pids[i] = pid;
    return 0;
}
