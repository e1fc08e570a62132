/* How a service says what went wrong. */
#ifndef MONO_GUEST_COMPLAIN_H
#define MONO_GUEST_COMPLAIN_H

/* Writes `what` and the meaning of errno to standard error. Returns -1. */
int complain(const char *what);

#endif
