/* Small helpers for files and directories; every path is one of the guest's. */
#ifndef MONO_GUEST_FILES_H
#define MONO_GUEST_FILES_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Reads a regular file, at most limit_bytes of it.
 *
 * Returns:
 *  the content (owned by the caller) with its length in *length_bytes; NULL with length 0 when it is
 *  missing, no regular file or unreadable.
 */
char *file_read(const char *path, size_t limit_bytes, size_t *length_bytes);

/* Writes text into an existing file such as one below /proc. Returns 0 or -1. */
int file_write(const char *path, const char *text);

/* Creates a file with the text unless the name exists. Returns 0 or -1 with errno set. */
int file_create(const char *path, const char *text);

/* Creates a directory and those above it where they are missing. Returns 0 or -1 with errno set. */
int directory_create(const char *path, mode_t mode_bits);

#endif
