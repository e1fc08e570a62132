/* Which internet addresses lead to nobody but the host's own programs. */
#ifndef MONO_COMMON_HOST_ONLY_H
#define MONO_COMMON_HOST_ONLY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* 0.0.0.0/8 leads to the host itself, like 127.0.0.0/8. */
static inline bool is_host_only_ipv4(const void *address) {
    const uint8_t *bytes = address;
    return bytes[0] == 127 || bytes[0] == 0;
}

/* Whether only the host's own programs are reached at that address, or it is of a family that is not
 * known to lead elsewhere. */
static inline bool is_host_only(const struct sockaddr *address) {
    const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;

    if (address->sa_family == AF_INET)
        return is_host_only_ipv4(&((const struct sockaddr_in *)address)->sin_addr);
    if (address->sa_family != AF_INET6) return true;
    if (IN6_IS_ADDR_V4MAPPED(six)) return is_host_only_ipv4(six->s6_addr + 12);
    return IN6_IS_ADDR_LOOPBACK(six) || IN6_IS_ADDR_UNSPECIFIED(six);
}

#endif
