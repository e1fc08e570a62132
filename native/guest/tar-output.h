/* The archive on its way to standard output, gathered into large writes. */
#ifndef MONO_GUEST_TAR_OUTPUT_H
#define MONO_GUEST_TAR_OUTPUT_H

#include <stddef.h>

/* What is written at a time. */
#define TAR_OUTPUT_BYTES 65536

/* All return 0, or -1 after a message on standard error. */

/* Appends bytes; `bytes` is borrowed. */
int tar_put(const void *bytes, size_t length_bytes);

/* Appends what fills the last block of something of that length. */
int tar_put_padding(unsigned long long length_bytes);

/* Writes what is gathered. */
int tar_flush(void);

#endif
