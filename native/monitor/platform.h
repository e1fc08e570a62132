/* What differs from one operating system to another. */
#ifndef MONO_MONITOR_PLATFORM_H
#define MONO_MONITOR_PLATFORM_H

#include <sys/types.h>

/*
 * Binds the life of the calling process to that of its parent, where the kernel can do that, and
 * takes from it and its children the right to gain privileges by executing a program.
 *
 * Arguments:
 *  parent: the process id that the caller's parent had before the fork.
 *
 * Returns:
 *  0, or -1 when the parent is gone already.
 */
int platform_bind_to_parent(pid_t parent);

/* Closes the descriptors from `first` on. */
void platform_close_from(int first);

#endif
