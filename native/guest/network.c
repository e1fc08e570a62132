#include "network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "files.h"
#include "protocol.h"
#include "root.h"

#define INTERFACE "eth0"
#define RESOLVER "/etc/resolv.conf"

static int set_up(int fd, const char *name);
static const char *start_interface(int fd, const struct network_settings *settings);
static int set_address(int fd, unsigned long request_number, const uint8_t *address);
static int add_default_route(int fd, const uint8_t *gateway);
static struct sockaddr socket_address(const uint8_t *address);
static void write_resolver(const uint8_t *name_server);

void network_start_loopback(void) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    set_up(fd, "lo");
    close(fd);
}

const char *network_start(const struct network_settings *settings) {
    const char *failed = NULL;

    if (settings->kind == NETWORK_INTERFACE) {
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0) return "open a socket";
        failed = start_interface(fd, settings);
        close(fd);
    }
    if (failed == NULL) write_resolver(settings->name_server);
    return failed;
}

static int set_up(int fd, const char *name) {
    struct ifreq request;

    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, name, strlen(name) + 1);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(fd, SIOCSIFFLAGS, &request);
}

static const char *start_interface(int fd, const struct network_settings *settings) {
    uint32_t bits = settings->prefix_bits == 0 ? 0 : htonl(~0u << (32 - settings->prefix_bits));
    uint8_t netmask[4];

    memcpy(netmask, &bits, sizeof netmask);
    if (set_address(fd, SIOCSIFADDR, settings->address) != 0 ||
        set_address(fd, SIOCSIFNETMASK, netmask) != 0)
        return "give " INTERFACE " its address";
    if (set_up(fd, INTERFACE) != 0) return "start " INTERFACE;
    return add_default_route(fd, settings->gateway) == 0 ? NULL : "add the default route";
}

static int set_address(int fd, unsigned long request_number, const uint8_t *address) {
    struct ifreq request;

    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, INTERFACE, sizeof INTERFACE);
    request.ifr_addr = socket_address(address);
    return ioctl(fd, (int)request_number, &request);
}

static int add_default_route(int fd, const uint8_t *gateway) {
    static const uint8_t anywhere[4];
    struct rtentry route;

    memset(&route, 0, sizeof route);
    route.rt_dst = socket_address(anywhere);
    route.rt_genmask = socket_address(anywhere);
    route.rt_gateway = socket_address(gateway);
    route.rt_flags = RTF_UP | RTF_GATEWAY;
    return ioctl(fd, SIOCADDRT, &route);
}

static struct sockaddr socket_address(const uint8_t *address) {
    struct sockaddr_in internet;
    struct sockaddr generic;

    memset(&internet, 0, sizeof internet);
    internet.sin_family = AF_INET;
    memcpy(&internet.sin_addr, address, 4);
    memcpy(&generic, &internet, sizeof generic);
    return generic;
}

/*
 * The file is mounted over the image's, so that what a sandbox has changed does not hold it. Names
 * are a service to the command: an image that has no place for them still runs.
 */
static void write_resolver(const uint8_t *name_server) {
    char text[64];
    char source[32];

    snprintf(text, sizeof text, "nameserver %u.%u.%u.%u\n", name_server[0], name_server[1],
             name_server[2], name_server[3]);
    int fd = root_open_private("resolv.conf");
    if (fd < 0) return;
    ssize_t written = write(fd, text, strlen(text));
    snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
    /* The image's name may be a link that leads nowhere. */
    if (access(RESOLVER, F_OK) != 0) unlink(RESOLVER);
    file_create(RESOLVER, "");
    if (written > 0) mount(source, RESOLVER, NULL, MS_BIND, NULL);
    close(fd);
}
