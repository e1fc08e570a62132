#include "process-spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_text(struct process_spec *spec, const uint8_t *text, size_t length_bytes);
static int grow(struct string_list *list);
static void clear_list(struct string_list *list);

int spec_add(struct process_spec *spec, struct string_list *list, const uint8_t *text,
             size_t length_bytes) {
    if (list->count >= SPEC_MAX_STRINGS || grow(list) != 0) return -1;
    char *copy = copy_text(spec, text, length_bytes);
    if (copy == NULL) return -1;
    list->items[list->count++] = copy;
    list->items[list->count] = NULL;
    return 0;
}

int spec_set(struct process_spec *spec, char **slot, const uint8_t *text, size_t length_bytes) {
    char *copy = copy_text(spec, text, length_bytes);
    if (copy == NULL) return -1;
    free(*slot);
    *slot = copy;
    return 0;
}

const char *spec_variable(const struct process_spec *spec, const char *name) {
    size_t length = strlen(name);

    for (size_t i = 0; i < spec->variables.count; i++) {
        const char *item = spec->variables.items[i];
        if (strncmp(item, name, length) == 0 && item[length] == '=') return item + length + 1;
    }
    return NULL;
}

int spec_default_variable(struct process_spec *spec, const char *name, const char *value) {
    if (spec_variable(spec, name) != NULL) return 0;
    size_t length = strlen(name) + 1 + strlen(value);
    char *text = malloc(length + 1);
    if (text == NULL) return -1;
    snprintf(text, length + 1, "%s=%s", name, value);
    int result = spec_add(spec, &spec->variables, (const uint8_t *)text, length);
    free(text);
    return result;
}

void spec_clear(struct process_spec *spec) {
    clear_list(&spec->arguments);
    clear_list(&spec->variables);
    free(spec->directory);
    free(spec->user);
    memset(spec, 0, sizeof *spec);
}

static char *copy_text(struct process_spec *spec, const uint8_t *text, size_t length_bytes) {
    if (length_bytes >= SPEC_MAX_BYTES - spec->total_bytes) return NULL;
    if (memchr(text, 0, length_bytes) != NULL) return NULL;
    char *copy = malloc(length_bytes + 1);
    if (copy == NULL) return NULL;
    memcpy(copy, text, length_bytes);
    copy[length_bytes] = 0;
    spec->total_bytes += length_bytes + 1;
    return copy;
}

/* Makes room for one more item and the final NULL. */
static int grow(struct string_list *list) {
    if (list->count + 2 <= list->capacity) return 0;
    size_t capacity = list->capacity == 0 ? 16 : list->capacity * 2;
    char **items = realloc(list->items, capacity * sizeof *items);
    if (items == NULL) return -1;
    items[list->count] = NULL;
    list->items = items;
    list->capacity = capacity;
    return 0;
}

static void clear_list(struct string_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->items[i]);
    free(list->items);
}
