/* Finding a command along PATH, with the errors kept apart that exit codes keep apart. */
#ifndef MONO_GUEST_EXECUTE_H
#define MONO_GUEST_EXECUTE_H

#include <stdbool.h>

/* The PATH of a process that has not got one, as in docker. */
#define EXECUTE_DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Replaces the program of this process by arguments[0], looked up along `path` unless it has a
 * slash.
 *
 * Returns:
 *  only on failure: the errno that says most. A file that is there but cannot be executed says more
 *  than one that is missing elsewhere.
 */
int execute(char *const arguments[], char *const variables[], const char *path);

/* Returns whether an errno of execute means that there is no such command. */
bool execute_is_missing(int error);

#endif
