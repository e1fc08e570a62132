/*
 * Keeps the guest of a QEMU machine off the services that the host keeps on its loopback interface, and
 * off everything when MONO_NAME_SERVER is not set: it then has no network. It is preloaded into QEMU, so
 * that the user-mode network calls these functions instead of the C library's, with the addresses that
 * the kernel would get: what the guest has written into its packets to come to such an address does not
 * matter.
 *
 * Three kinds of closed addresses are let through: UNIX sockets, which are QEMU's own, since no guest can
 * name one; the name server in MONO_NAME_SERVER; the senders of datagrams to a forwarded port, which
 * get their answers.
 *
 * It is linked to no C library and uses what QEMU's has. QEMU calls these functions for the network
 * from one thread at a time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../common/host-only.h"
#include "../guard-mark.h"

#define DNS_PORT 53
/* Clients at closed addresses that wait for datagrams at a time, for all forwarded ports together. */
#define MAX_CLIENTS 256
/* Not in the headers of every C library. */
#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

/* Who has sent a datagram from a closed address, and the socket that got it: a socket's cookie, unlike
 * its descriptor, is its own for good. */
struct client {
    uint64_t socket;
    struct in_addr address;
    in_port_t port;
};

static bool may_reach(int fd, const struct sockaddr *address);
static bool is_closed(const struct sockaddr *address);
static bool is_name_server(const struct sockaddr *address, const char *name_server);
static bool is_client(int fd, const struct sockaddr *address);
static void remember_client(int fd, const struct sockaddr *address);
static bool client_of(int fd, const struct sockaddr *address, struct client *client);

static struct client clients[MAX_CLIENTS];
static size_t next_client;

int connect(int fd, const struct sockaddr *address, socklen_t length_bytes) {
    if (address == NULL || may_reach(fd, address))
        return (int)syscall(SYS_connect, fd, address, length_bytes, 0L, 0L, (long)GUARD_MARK);
    errno = ECONNREFUSED;
    return -1;
}

ssize_t sendto(int fd, const void *bytes, size_t length_bytes, int flags,
               const struct sockaddr *address, socklen_t address_bytes) {
    long marked = (long)((uint64_t)GUARD_MARK << 32 | (uint32_t)flags);

    if (address == NULL || may_reach(fd, address))
        return syscall(SYS_sendto, fd, bytes, length_bytes, marked, address, address_bytes);
    errno = ECONNREFUSED;
    return -1;
}

ssize_t recvfrom(int fd, void *bytes, size_t capacity_bytes, int flags, struct sockaddr *address,
                 socklen_t *address_bytes) {
    ssize_t got = syscall(SYS_recvfrom, fd, bytes, capacity_bytes, flags, address, address_bytes);

    if (got >= 0 && address != NULL && *address_bytes >= sizeof(struct sockaddr_in))
        remember_client(fd, address);
    return got;
}

static bool may_reach(int fd, const struct sockaddr *address) {
    if (address->sa_family == AF_UNIX) return true;
    return !is_closed(address) || is_client(fd, address);
}

static bool is_closed(const struct sockaddr *address) {
    const char *name_server = getenv(GUARD_NAME_SERVER);

    if (name_server == NULL) return true;
    return is_host_only(address) && !is_name_server(address, name_server);
}

static bool is_name_server(const struct sockaddr *address, const char *name_server) {
    const struct sockaddr_in *internet = (const struct sockaddr_in *)address;
    struct in_addr its_address;

    return address->sa_family == AF_INET && ntohs(internet->sin_port) == DNS_PORT &&
           inet_pton(AF_INET, name_server, &its_address) == 1 &&
           internet->sin_addr.s_addr == its_address.s_addr;
}

static bool is_client(int fd, const struct sockaddr *address) {
    struct client client;

    if (!client_of(fd, address, &client)) return false;
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (memcmp(&clients[i], &client, sizeof client) == 0) return true;
    return false;
}

/* The oldest is forgotten. */
static void remember_client(int fd, const struct sockaddr *address) {
    struct client client;

    if (!is_closed(address) || is_client(fd, address)) return;
    if (!client_of(fd, address, &client)) return;
    clients[next_client] = client;
    next_client = (next_client + 1) % MAX_CLIENTS;
}

static bool client_of(int fd, const struct sockaddr *address, struct client *client) {
    const struct sockaddr_in *internet = (const struct sockaddr_in *)address;
    socklen_t length_bytes = sizeof client->socket;

    if (address->sa_family != AF_INET) return false;
    memset(client, 0, sizeof *client);
    client->address = internet->sin_addr;
    client->port = internet->sin_port;
    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &client->socket, &length_bytes) == 0;
}
