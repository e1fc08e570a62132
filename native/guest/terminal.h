/* Pseudo-terminals. */
#ifndef MONO_GUEST_TERMINAL_H
#define MONO_GUEST_TERMINAL_H

#include <stdint.h>

/*
 * Opens a new pseudo-terminal of the size.
 *
 * Returns:
 *  0 with both descriptors (close-on-exec, *controller non-blocking) owned by the caller, or -1
 *  with errno set.
 */
int terminal_open(uint16_t rows, uint16_t columns, int *controller, int *terminal);

/* Sets the size; the kernel tells the foreground processes by SIGWINCH. */
void terminal_resize(int controller, uint16_t rows, uint16_t columns);

/* Returns the byte that means "end of input" to the terminal. */
uint8_t terminal_end_byte(int controller);

#endif
