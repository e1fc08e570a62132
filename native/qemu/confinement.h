/* What a VMM gives up before it starts. */
#ifndef MONO_QEMU_CONFINEMENT_H
#define MONO_QEMU_CONFINEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Several times what a machine has. */
#define MAX_RULES 1024
#define MAX_PORTS 64

/* What a VMM keeps. Paths are borrowed. */
struct confinement {
    /* files and trees that it may read, and files that it may write as well */
    const char *readable[MAX_RULES];
    size_t readable_count;
    const char *writable[MAX_RULES];
    size_t writable_count;
    /* ports of the host that it may listen on */
    uint16_t ports[MAX_PORTS];
    size_t port_count;
};

/*
 * Gives up new privileges, core dumps, and all capabilities but those without which a machine of root
 * would not find its files (CAP_DAC_OVERRIDE) or could not listen on a port below 1024.
 *
 * Returns:
 *  0, or -1 with errno set.
 */
int confine_privileges(const struct confinement *confinement);

/*
 * Gives up all files, listening ports, signals to others and abstract sockets but those kept, as far as
 * the kernel has Landlock (5.13 for files, 6.7 for ports, 6.12 for the rest). A path that does not exist
 * is passed over.
 *
 * Returns:
 *  0, or -1 with errno set.
 */
int confine_files(const struct confinement *confinement);

/* Returns the version of Landlock's interface that the kernel has, or 0. */
long landlock_version(void);

/*
 * Refuses connections and datagrams, by name of their receiver, that have not gone through the socket
 * guard (guard/socket-guard.c), so that without it there are none.
 *
 * Returns:
 *  0, or -1 with errno set.
 */
int confine_sockets(void);

#endif
