#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "little-endian.h"
#include "monitor-protocol.h"

#define LAUNCH_BYTES 10
#define LAST_SIGNAL 64

static int begin_process(struct plan *plan, const struct frame *frame);
static int add_word(struct plan *plan, struct words *words, const struct frame *frame);
static char *copy_text(struct plan *plan, const struct frame *frame);
static int add_configuration(struct plan *plan, const struct frame *frame);
static int set_socket(struct plan *plan, const struct frame *frame);
static int complete(struct plan *plan, const struct frame *frame);
static bool may_take(struct plan *plan, size_t length_bytes);
static void free_words(struct words *words);

void plan_begin(struct plan *plan) {
    memset(plan, 0, sizeof *plan);
    plan->count = 1;
    plan->current = PLAN_MAX_PROCESSES;
}

int plan_take(struct plan *plan, const struct frame *frame) {
    if (plan->complete) return -1;
    if (frame->type == MONITOR_PROCESS) return begin_process(plan, frame);
    if (frame->type == MONITOR_LAUNCH) return complete(plan, frame);
    if (plan->current >= plan->count) return -1;
    struct host_process *process = &plan->processes[plan->current];
    switch (frame->type) {
    case MONITOR_PROCESS_ARGUMENT:
        return add_word(plan, &process->arguments, frame);
    case MONITOR_PROCESS_VARIABLE:
        return add_word(plan, &process->variables, frame);
    case MONITOR_PROCESS_CONFIGURATION:
        return add_configuration(plan, frame);
    case MONITOR_PROCESS_SOCKET:
        return set_socket(plan, frame);
    default:
        return -1;
    }
}

void plan_clear(struct plan *plan) {
    for (size_t i = 0; i < plan->count; i++) {
        free_words(&plan->processes[i].arguments);
        free_words(&plan->processes[i].variables);
        free(plan->processes[i].configuration);
        free(plan->processes[i].socket);
    }
    plan_begin(plan);
}

static int begin_process(struct plan *plan, const struct frame *frame) {
    if (frame->length_bytes != 1) return -1;
    if (frame->payload[0] == ROLE_VMM) {
        if (plan->processes[0].arguments.count > 0) return -1;
        plan->current = 0;
        return 0;
    }
    if (frame->payload[0] != ROLE_HELPER || plan->count == PLAN_MAX_PROCESSES) return -1;
    plan->current = plan->count++;
    return 0;
}

static int add_word(struct plan *plan, struct words *words, const struct frame *frame) {
    char *text = copy_text(plan, frame);

    if (text == NULL) return -1;
    char **grown = realloc(words->items, (words->count + 2) * sizeof *grown);
    if (grown == NULL) {
        free(text);
        return -1;
    }
    words->items = grown;
    words->items[words->count++] = text;
    words->items[words->count] = NULL;
    return 0;
}

static char *copy_text(struct plan *plan, const struct frame *frame) {
    if (frame->length_bytes > 0 && memchr(frame->payload, 0, frame->length_bytes) != NULL) return NULL;
    if (!may_take(plan, frame->length_bytes)) return NULL;
    char *text = malloc((size_t)frame->length_bytes + 1);
    if (text == NULL) return NULL;
    if (frame->length_bytes > 0) memcpy(text, frame->payload, frame->length_bytes);
    text[frame->length_bytes] = 0;
    return text;
}

static int add_configuration(struct plan *plan, const struct frame *frame) {
    struct host_process *process = &plan->processes[plan->current];
    size_t length = process->configuration_bytes + frame->length_bytes;

    if (frame->length_bytes == 0) return 0;
    if (!may_take(plan, frame->length_bytes)) return -1;
    uint8_t *grown = realloc(process->configuration, length);
    if (grown == NULL) return -1;
    memcpy(grown + process->configuration_bytes, frame->payload, frame->length_bytes);
    process->configuration = grown;
    process->configuration_bytes = length;
    return 0;
}

static int set_socket(struct plan *plan, const struct frame *frame) {
    struct host_process *process = &plan->processes[plan->current];

    if (plan->current == 0 || process->socket != NULL || frame->length_bytes == 0) return -1;
    process->socket = copy_text(plan, frame);
    return process->socket != NULL ? 0 : -1;
}

static int complete(struct plan *plan, const struct frame *frame) {
    if (frame->length_bytes != LAUNCH_BYTES) return -1;
    for (size_t i = 0; i < plan->count; i++) {
        const struct host_process *process = &plan->processes[i];
        if (process->arguments.count == 0 || process->arguments.items[0][0] != '/') return -1;
        if (i > 0 && process->socket == NULL) return -1;
    }
    plan->log_limit_bytes = get_u32(frame->payload);
    plan->timeout_seconds = get_u32(frame->payload + 4);
    plan->stop_signal = frame->payload[8];
    plan->keeps_record = (frame->payload[9] & LAUNCH_KEEP_RECORD) != 0;
    if (plan->stop_signal == 0 || plan->stop_signal > LAST_SIGNAL) return -1;
    plan->complete = true;
    return 0;
}

static bool may_take(struct plan *plan, size_t length_bytes) {
    if (plan->total_strings == PLAN_MAX_STRINGS) return false;
    if (length_bytes > PLAN_MAX_BYTES - plan->total_bytes) return false;
    plan->total_strings++;
    plan->total_bytes += length_bytes;
    return true;
}

static void free_words(struct words *words) {
    for (size_t i = 0; i < words->count; i++) free(words->items[i]);
    free(words->items);
}
