/* Starts the process of a session as the spec says. */
#ifndef MONO_GUEST_LAUNCH_H
#define MONO_GUEST_LAUNCH_H

#include <sys/types.h>

#include "process-spec.h"

/* A process and our ends of its streams. */
struct launched {
    pid_t pid;
    int input;        /* where its input is written, or -1 */
    int output;       /* where its output is read; with a terminal the same as input */
    int error_output; /* -1 with a terminal */
};

/* Why a process did not start. */
struct launch_failure {
    int failure; /* enum failure */
    int error;   /* errno, or 0 */
};

/*
 * Starts the process and waits until its program has replaced ours.
 *
 * Arguments:
 *  spec: borrowed; defaults such as HOME are added to its variables.
 *
 * Returns:
 *  0 with *launched set (its descriptors are non-blocking and owned by the caller), or -1 with
 *  *why set.
 */
int launch(struct process_spec *spec, struct launched *launched, struct launch_failure *why);

#endif
