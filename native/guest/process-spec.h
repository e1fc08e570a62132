/*
 * What the host has said so far about a process that is to start: argument, variables, directory,
 * user, terminal. Every string is bounded, counted and free of NUL bytes.
 */
#ifndef MONO_GUEST_PROCESS_SPEC_H
#define MONO_GUEST_PROCESS_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More strings, or more bytes of them, than execve takes with the usual 8 MiB stack. */
#define SPEC_MAX_STRINGS 65536
#define SPEC_MAX_BYTES (8u << 20)

/* A growing, NULL-terminated list of strings that it owns. */
struct string_list {
    char **items;
    size_t count;
    size_t capacity;
};

struct process_spec {
    struct string_list arguments;
    struct string_list variables;
    char *directory; /* NULL: "/" */
    char *user;      /* NULL: root */
    bool terminal;
    bool with_input;
    bool is_service; /* the first argument names a service of this program */
    uint16_t rows;
    uint16_t columns;
    size_t total_bytes;
};

/*
 * Adds a copy of length_bytes at text to a list of the spec.
 *
 * Returns:
 *  0, or -1 when it holds a NUL byte, a limit is passed or memory is out.
 */
int spec_add(struct process_spec *spec, struct string_list *list, const uint8_t *text,
             size_t length_bytes);

/* Replaces *slot (directory or user of the spec) by a copy of the text. Returns as spec_add. */
int spec_set(struct process_spec *spec, char **slot, const uint8_t *text, size_t length_bytes);

/* Returns the value of the variable of the spec, borrowed, or NULL. */
const char *spec_variable(const struct process_spec *spec, const char *name);

/* Adds "name=value" unless the variable is set. Returns as spec_add. */
int spec_default_variable(struct process_spec *spec, const char *name, const char *value);

/* Frees everything that the spec owns and makes it empty. */
void spec_clear(struct process_spec *spec);

#endif
