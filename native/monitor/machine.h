/* The processes that are the machine: started in order, watched, ended together. */
#ifndef MONO_MONITOR_MACHINE_H
#define MONO_MONITOR_MACHINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "plan.h"

struct machine {
    pid_t pids[PLAN_MAX_PROCESSES]; /* 0: does not run */
    int channel;                    /* our end of the guest's channel, or -1 */
    int console;                    /* where the console is read, or -1 */
    int console_writer;             /* where the processes write it, or -1 */
    int vmm_status;                 /* how the VMM has ended, as waitpid says it */
};

/* Begins with nothing started. */
void machine_begin(struct machine *machine);

/*
 * Starts the helpers of the plan, then its VMM. A helper's socket listens before either starts, so the
 * VMM can connect at once; that of a helper that has failed hangs up.
 *
 * Returns:
 *  0, or -1 with errno set; some may run then.
 */
int machine_start(struct machine *machine, const struct plan *plan);

/* Kills what runs. */
void machine_kill(const struct machine *machine);

/*
 * Takes note of the processes that have ended.
 *
 * Returns:
 *  true when the VMM is among them.
 */
bool machine_reap(struct machine *machine);

/* Returns whether any process runs. */
bool machine_runs(const struct machine *machine);

#endif
