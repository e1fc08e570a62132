#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform.h"

/* Above every descriptor that a process is given. */
#define FIRST_SPARE_DESCRIPTOR 10
#define CONFIGURATION_NAME "configuration"

static int open_configuration(const struct host_process *process);
static void become(const struct host_process *process, const int descriptors[5])
    __attribute__((noreturn));
static int place_descriptors(const int descriptors[5]);

pid_t spawn_process(const struct host_process *process, int console, int socket) {
    pid_t parent = getpid();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int configuration = open_configuration(process);
    pid_t pid = -1;

    if (null >= 0 && configuration >= 0) pid = fork();
    if (pid == 0) {
        if (platform_bind_to_parent(parent) != 0) _exit(127);
        become(process, (const int[]){null, console, console, socket, configuration});
    }
    int error = errno;
    if (null >= 0) close(null);
    if (configuration >= 0) close(configuration);
    errno = error;
    return pid;
}

/* A file without a name, in this directory: it holds any size, and nobody else can open it. */
static int open_configuration(const struct host_process *process) {
    size_t written = 0;

    int fd = open(CONFIGURATION_NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    unlink(CONFIGURATION_NAME);
    while (written < process->configuration_bytes) {
        ssize_t got =
            write(fd, process->configuration + written, process->configuration_bytes - written);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            close(fd);
            return -1;
        }
        written += (size_t)got;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void become(const struct host_process *process, const int descriptors[5]) {
    static char *nothing[] = {NULL};
    char **variables = process->variables.items != NULL ? process->variables.items : nothing;
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    setsid();
    if (place_descriptors(descriptors) == 0)
        execve(process->arguments.items[0], process->arguments.items, variables);
    dprintf(2, "mono-monitor: cannot execute %s: %s\n", process->arguments.items[0], strerror(errno));
    _exit(127);
}

/* Out of the way first, since a source may stand where a target goes. */
static int place_descriptors(const int descriptors[5]) {
    int spare[5];

    for (int i = 0; i < 5; i++) {
        spare[i] = -1;
        if (descriptors[i] < 0) continue;
        spare[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, FIRST_SPARE_DESCRIPTOR);
        if (spare[i] < 0) return -1;
    }
    for (int i = 0; i < 5; i++) {
        if (spare[i] < 0) close(i);
        else if (dup2(spare[i], i) < 0) return -1;
    }
    return 0;
}
