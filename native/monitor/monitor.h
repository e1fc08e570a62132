/* The loop that watches over one sandbox. */
#ifndef MONO_MONITOR_MONITOR_H
#define MONO_MONITOR_MONITOR_H

/*
 * Serves the owner and other clients until the machine has ended and they have heard of it.
 *
 * Arguments:
 *  owner: the connection of the process that starts the sandbox; taken over.
 *
 * Returns:
 *  the exit code of the program.
 */
int monitor_serve(int owner);

#endif
