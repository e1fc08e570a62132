/*
 * Starts QEMU with less than it would have:
 *
 *   mono-qemu [--read PATH | --write PATH | --listen PORT]... --guard PATH -- PROGRAM ARGUMENT...
 *   mono-qemu --landlock
 *
 *   --read, --write   files and trees that it may read; files that it may write as well
 *   --listen          a port of the host that it may listen on
 *   --guard           the socket guard, which is preloaded into it, and which it may read
 *   --landlock        only writes which version of Landlock the kernel has, 0 for none
 *
 *   confine-*.c   what it gives up       guard/   the library that is preloaded
 *
 * It ends with 82 when the confinement fails, and with 127 when the program cannot be started;
 * otherwise it becomes the program.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confinement.h"

#define STATUS_ARGUMENTS 80
#define STATUS_UNCONFINED 82
#define STATUS_NOT_STARTED 127
#define LAST_PORT 65535
/* "/proc/self/fd/2147483647" */
#define HELD_PATH_BYTES 32

static char **parse(char **arguments, struct confinement *confinement, const char **guard);
static int keep_path(const char **paths, size_t *count, const char *path);
static int keep_port(struct confinement *confinement, const char *text);
static int preload(const char *guard);
static int failed(int status, const char *what);

int main(int argument_count, char **arguments) {
    static struct confinement confinement;
    const char *guard = NULL;

    if (argument_count == 2 && strcmp(arguments[1], "--landlock") == 0)
        return printf("%ld\n", landlock_version()) < 0;
    char **program = argument_count > 0 ? parse(arguments + 1, &confinement, &guard) : NULL;
    if (program == NULL || *program == NULL || guard == NULL) {
        dprintf(2, "mono-qemu: cannot understand the arguments\n");
        return STATUS_ARGUMENTS;
    }
    if (preload(guard) != 0) return failed(STATUS_UNCONFINED, "open the socket guard");
    if (confine_privileges(&confinement) != 0) return failed(STATUS_UNCONFINED, "give up privileges");
    if (confine_files(&confinement) != 0) return failed(STATUS_UNCONFINED, "give up other files");
    if (confine_sockets() != 0) return failed(STATUS_UNCONFINED, "guard the sockets");
    execv(program[0], program);
    return failed(STATUS_NOT_STARTED, "start the VMM");
}

/* Returns the program and its arguments, or NULL. */
static char **parse(char **arguments, struct confinement *confinement, const char **guard) {
    int result = 0;

    for (; result == 0 && arguments[0] != NULL; arguments += 2) {
        if (strcmp(arguments[0], "--") == 0) return arguments + 1;
        if (arguments[1] == NULL) return NULL;
        if (strcmp(arguments[0], "--read") == 0)
            result = keep_path(confinement->readable, &confinement->readable_count, arguments[1]);
        else if (strcmp(arguments[0], "--write") == 0)
            result = keep_path(confinement->writable, &confinement->writable_count, arguments[1]);
        else if (strcmp(arguments[0], "--listen") == 0)
            result = keep_port(confinement, arguments[1]);
        else if (strcmp(arguments[0], "--guard") == 0)
            result = keep_path(confinement->readable, &confinement->readable_count,
                               *guard = arguments[1]);
        else
            return NULL;
    }
    return NULL;
}

static int keep_path(const char **paths, size_t *count, const char *path) {
    if (*count == MAX_RULES) return -1;
    paths[(*count)++] = path;
    return 0;
}

static int keep_port(struct confinement *confinement, const char *text) {
    char *end;
    unsigned long port = strtoul(text, &end, 10);

    if (confinement->port_count == MAX_PORTS || end == text || *end != 0) return -1;
    if (port == 0 || port > LAST_PORT) return -1;
    confinement->ports[confinement->port_count++] = (uint16_t)port;
    return 0;
}

/* By descriptor: in a path the dynamic linker would take spaces and colons for separators. */
static int preload(const char *guard) {
    char held[HELD_PATH_BYTES];
    int fd = open(guard, O_RDONLY);

    if (fd < 0) return -1;
    snprintf(held, sizeof held, "/proc/self/fd/%d", fd);
    return setenv("LD_PRELOAD", held, 1);
}

static int failed(int status, const char *what) {
    dprintf(2, "mono-qemu: cannot %s: %s\n", what, strerror(errno));
    return status;
}
