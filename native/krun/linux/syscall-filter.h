/* The system calls that a machine makes once it runs, and no others (seccomp). */
#ifndef MONO_KRUN_SYSCALL_FILTER_H
#define MONO_KRUN_SYSCALL_FILTER_H

#include <stdbool.h>

/*
 * Holds this process, with all threads that it has and will have, to the list for good. Any other call
 * fails with ENOSYS, as on a kernel without it, so that libraries fall back where they can; one of
 * another architecture ends the process. Needs "no new privileges".
 *
 * Arguments:
 *  with_sockets: whether the process makes internet sockets; it makes none of other kinds.
 *
 * Returns:
 *  0, or -1 with errno set; 0 also on a kernel without such filters.
 */
int syscall_filter_install(bool with_sockets);

#endif
