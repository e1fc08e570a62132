/* The network of the sandbox. */
#ifndef MONO_GUEST_NETWORK_H
#define MONO_GUEST_NETWORK_H

/* Brings the loopback interface up; the kernel then gives it 127.0.0.1 and ::1. */
void network_start_loopback(void);

#endif
