/* The network of the sandbox. */
#ifndef MONO_GUEST_NETWORK_H
#define MONO_GUEST_NETWORK_H

#include <stdint.h>

/* How the guest reaches the network: the payload of NETWORK. Addresses are in network byte order. */
struct network_settings {
    uint8_t kind; /* enum network_kind */
    uint8_t prefix_bits;
    uint8_t address[4];
    uint8_t gateway[4];
    uint8_t name_server[4];
};

/* Brings the loopback interface up; the kernel then gives it 127.0.0.1 and ::1. */
void network_start_loopback(void);

/*
 * Gives the first Ethernet interface its address and route, and the sandbox a resolv.conf over the
 * image's. To be called after root_enter.
 *
 * Returns:
 *  NULL, or what could not be done, with errno set.
 */
const char *network_start(const struct network_settings *settings);

#endif
