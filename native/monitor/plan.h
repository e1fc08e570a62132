/*
 * What the owner has said about the processes of the machine and about how to watch over it
 * (docs/formats/monitor-protocol.md, "Launch").
 */
#ifndef MONO_MONITOR_PLAN_H
#define MONO_MONITOR_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/* The VMM and its helpers: more volumes than a machine has places for. */
#define PLAN_MAX_PROCESSES 34
/* QEMU with 32 volumes has about 300 arguments. */
#define PLAN_MAX_STRINGS 4096
#define PLAN_MAX_BYTES (1u << 20)

/* A NULL-terminated list of strings that it owns. */
struct words {
    char **items;
    size_t count;
};

struct host_process {
    struct words arguments; /* the first is the program's path */
    struct words variables;
    uint8_t *configuration;
    size_t configuration_bytes;
    char *socket; /* where a helper listens; NULL for the VMM */
};

struct plan {
    struct host_process processes[PLAN_MAX_PROCESSES]; /* the VMM's place is 0 */
    size_t count;
    size_t current; /* the one that the next frame speaks of */
    size_t total_bytes;
    size_t total_strings;
    uint32_t log_limit_bytes; /* 0: no log */
    uint32_t timeout_seconds; /* 0: none */
    uint8_t stop_signal;
    bool keeps_record;
    bool complete;
};

/* Begins a plan with nothing in it. */
void plan_begin(struct plan *plan);

/*
 * Takes one frame of PROCESS to LAUNCH.
 *
 * Returns:
 *  0, or -1 when it is not valid, out of order or too much. After LAUNCH plan->complete is set.
 */
int plan_take(struct plan *plan, const struct frame *frame);

/* Frees everything that the plan owns. */
void plan_clear(struct plan *plan);

#endif
