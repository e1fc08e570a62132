/*
 * What the monitor leaves in the sandbox's directory (docs/formats/monitor-protocol.md, "Log",
 * "ENDED").
 */
#ifndef MONO_MONITOR_RECORD_H
#define MONO_MONITOR_RECORD_H

#include <stddef.h>
#include <stdint.h>

/* What is kept of the console: a kernel's panic with its stack is about 4 KiB. */
#define CONSOLE_BYTES 16384

/* The end of what was written to a console. */
struct console {
    uint8_t bytes[CONSOLE_BYTES];
    size_t used;
};

/* Adds bytes; the oldest go. */
void console_add(struct console *console, const uint8_t *bytes, size_t length_bytes);

struct log {
    int fd; /* -1: none */
    uint64_t used_bytes;
    uint64_t limit_bytes; /* of each of the two files */
};

/* Opens the log for at most limit_bytes in both files; 0 for no log. What cannot be is left out. */
void log_open(struct log *log, uint32_t limit_bytes);

/* Writes one record; when the file is full, it becomes the old one. */
void log_write(struct log *log, uint8_t stream, const uint8_t *bytes, size_t length_bytes);

/* Returns the time in milliseconds since the epoch. */
uint64_t record_now_ms(void);

/*
 * Writes the file that says how the sandbox ended, durably: it is there whole or not at all.
 *
 * Returns:
 *  0, or -1 with errno set.
 */
int record_exit(const uint8_t *payload, size_t length_bytes);

#endif
