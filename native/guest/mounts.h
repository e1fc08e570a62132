/* Filesystems that the host asks for beside the root: memory, shared directories. */
#ifndef MONO_GUEST_MOUNTS_H
#define MONO_GUEST_MOUNTS_H

#include <stdint.h>

#include "frame.h"

/*
 * Mounts what a MOUNT frame says; the mount point is made where it is missing. To be called after
 * root_enter.
 *
 * Returns:
 *  NULL, or what could not be done: with errno set, or 0 when the frame is not valid.
 */
const char *mounts_add(const struct frame *frame);

#endif
