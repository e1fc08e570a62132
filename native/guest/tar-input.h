/* The archive as it comes from standard input. */
#ifndef MONO_GUEST_TAR_INPUT_H
#define MONO_GUEST_TAR_INPUT_H

#include <stddef.h>

/* All return 0, or -1 after a message on standard error: the archive must not end in between. */

/* Takes that many bytes. */
int tar_take(void *bytes, size_t length_bytes);

/* Leaves out what follows the last of that many bytes in its block. */
int tar_skip_padding(unsigned long long length_bytes);

/* Leaves out that many bytes and their padding. */
int tar_skip(unsigned long long length_bytes);

#endif
