/* Starting the processes of the machine. */
#ifndef MONO_MONITOR_SPAWN_H
#define MONO_MONITOR_SPAWN_H

#include <sys/types.h>

#include "plan.h"

/*
 * Starts a process in a session of its own, with no environment but its variables and the
 * descriptors 0 (/dev/null), 1 and 2 (console), 3 (its socket) and 4 (its configuration).
 * It is killed when this process ends, where the kernel can do that.
 *
 * Returns:
 *  its process id, or -1 with errno set. What keeps its program from being executed is said on its
 *  console, and it ends with 127.
 */
pid_t spawn_process(const struct host_process *process, int console, int socket);

#endif
