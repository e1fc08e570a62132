/*
 * bind, listen, connect and sendto stand here instead of in the C library: the dynamic linker gives the
 * program's own functions to libkrun first.
 */
#include "../../common/host-only.h"
#include "../platform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DNS_PORT 53

static const struct port *forwarded_port(uint16_t guest_port);
static socklen_t host_address_of(int fd, const struct port *port, int family,
                                 struct sockaddr_storage *address);
static uint16_t port_of(const struct sockaddr *address);
static bool may_reach(const struct sockaddr *address);
static bool is_name_server(const struct sockaddr *address);

/* What the guard holds the sockets to; none before there is one. */
static const struct configuration *guarded;

int platform_guard_sockets(const struct configuration *configuration) {
    guarded = configuration;
    return 0;
}

/* EPERM tells the guest's kernel that this listener is the guest's own affair. */
int bind(int fd, const struct sockaddr *address, socklen_t length_bytes) {
    struct sockaddr_storage allowed;
    const struct port *port;

    if (guarded == NULL || port_of(address) == 0)
        return (int)syscall(SYS_bind, fd, address, length_bytes);
    for (size_t i = 0; i < guarded->port_count; i++) {
        port = &guarded->ports[i];
        if (port->host_port != port_of(address)) continue;
        length_bytes = host_address_of(fd, port, address->sa_family, &allowed);
        return (int)syscall(SYS_bind, fd, &allowed, length_bytes);
    }
    errno = EPERM;
    return -1;
}

/* A socket that nobody has bound would listen on a port of the kernel's choice. */
int listen(int fd, int backlog) {
    struct sockaddr_storage own = {0};
    socklen_t length_bytes = sizeof own;

    if (guarded == NULL) return (int)syscall(SYS_listen, fd, backlog);
    if (getsockname(fd, (struct sockaddr *)&own, &length_bytes) != 0) return -1;
    for (size_t i = 0; i < guarded->port_count; i++)
        if (guarded->ports[i].host_port == port_of((struct sockaddr *)&own))
            return (int)syscall(SYS_listen, fd, backlog);
    errno = EPERM;
    return -1;
}

int connect(int fd, const struct sockaddr *address, socklen_t length_bytes) {
    struct sockaddr_storage own;

    if (guarded == NULL) return (int)syscall(SYS_connect, fd, address, length_bytes);
    const struct port *port = is_host_only(address) ? forwarded_port(port_of(address)) : NULL;
    if (port != NULL) {
        length_bytes = host_address_of(fd, port, address->sa_family, &own);
        return (int)syscall(SYS_connect, fd, &own, length_bytes);
    }
    if (may_reach(address)) return (int)syscall(SYS_connect, fd, address, length_bytes);
    errno = ECONNREFUSED;
    return -1;
}

ssize_t sendto(int fd, const void *bytes, size_t length_bytes, int flags,
               const struct sockaddr *address, socklen_t address_bytes) {
    if (guarded == NULL || address == NULL || may_reach(address))
        return syscall(SYS_sendto, fd, bytes, length_bytes, flags, address, address_bytes);
    errno = ECONNREFUSED;
    return -1;
}

/* Returns the port of the guest that listens on the host: the guest finds it on its own loopback. */
static const struct port *forwarded_port(uint16_t guest_port) {
    for (size_t i = 0; i < guarded->port_count; i++)
        if (guarded->ports[i].guest_port == guest_port) return &guarded->ports[i];
    return NULL;
}

/* Writes where a port listens on the host, for a socket of that family. Returns its length. */
static socklen_t host_address_of(int fd, const struct port *port, int family,
                                 struct sockaddr_storage *address) {
    int no = 0;

    memset(address, 0, sizeof *address);
    if (family == AF_INET) {
        struct sockaddr_in *internet = (struct sockaddr_in *)address;
        internet->sin_family = AF_INET;
        internet->sin_port = htons(port->host_port);
        memcpy(&internet->sin_addr, port->host_address, 4);
        return sizeof *internet;
    }
    struct sockaddr_in6 *internet = (struct sockaddr_in6 *)address;
    internet->sin6_family = AF_INET6;
    internet->sin6_port = htons(port->host_port);
    memset(internet->sin6_addr.s6_addr + 10, 0xff, 2);
    memcpy(internet->sin6_addr.s6_addr + 12, port->host_address, 4);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    return sizeof *internet;
}

/* Returns the port of an internet address, or 0. */
static uint16_t port_of(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) return ntohs(((const struct sockaddr_in *)address)->sin_port);
    if (address->sa_family == AF_INET6) return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
    return 0;
}

static bool may_reach(const struct sockaddr *address) {
    if (guarded->is_restricted) return false;
    return !is_host_only(address) || is_name_server(address);
}

static bool is_name_server(const struct sockaddr *address) {
    const struct sockaddr_in *internet = (const struct sockaddr_in *)address;

    return address->sa_family == AF_INET && ntohs(internet->sin_port) == DNS_PORT &&
           memcmp(&internet->sin_addr, guarded->name_server, 4) == 0;
}
