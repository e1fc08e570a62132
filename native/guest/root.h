/*
 * Builds the root filesystem of the sandbox: the image (EROFS on the first virtio disk, read-only),
 * an overlay that takes the writes (in memory or on the second virtio disk), the kernel's own
 * filesystems; then makes it "/".
 */
#ifndef MONO_GUEST_ROOT_H
#define MONO_GUEST_ROOT_H

#include "protocol.h"

/*
 * Mounts everything and moves into it. To be called once.
 *
 * Returns:
 *  NULL, or what could not be done, with errno set.
 */
const char *root_enter(enum root_writes writes);

/*
 * Sets the host name and, where the image has none of them, /etc/hostname and /etc/hosts.
 * To be called after root_enter.
 *
 * Returns:
 *  0, or -1 with errno set when the kernel refuses the name.
 */
int root_set_hostname(const char *name);

/*
 * Creates a file outside the sandbox's filesystem, in memory, to be mounted into it.
 *
 * Returns:
 *  its descriptor, or -1 with errno set.
 */
int root_open_private(const char *name);

/*
 * Makes the root read-only if nothing takes its writes. To be called when everything is mounted.
 *
 * Returns:
 *  0, or -1 with errno set.
 */
int root_seal(void);

/*
 * Opens the directory that holds what was written to the root filesystem.
 *
 * Returns:
 *  a descriptor owned by the caller, or -1 with errno set.
 */
int root_open_writes(void);

#endif
