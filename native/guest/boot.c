#include "boot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "protocol.h"

#define PORTS_DIRECTORY "/sys/class/virtio-ports"
#define PORT_POLL_NANOSECONDS 1000000
#define PORT_POLL_COUNT 10000

/* Of the kernel's log: -1, or a descriptor where the program has started without a console. */
static int kernel_log = -1;

static int open_port(void);
static int find_port(char *device, size_t device_bytes);
static int has_port_name(const char *entry);
static bool is_connected(int port);

int boot_mount_devices(void) {
    mkdir("/dev", 0755);
    mkdir("/sys", 0755);
    if (mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755") != 0) return -1;
    /* A console that the kernel finds later than this program shows what the kernel logs. */
    if (!isatty(STDERR_FILENO)) kernel_log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    return mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

int boot_open_port(void) {
    const struct timespec pause = {.tv_nsec = PORT_POLL_NANOSECONDS};
    int port = -1;

    for (int i = 0; i < PORT_POLL_COUNT; i++) {
        if (port < 0) port = open_port();
        if (port >= 0 && is_connected(port)) return port;
        nanosleep(&pause, NULL);
    }
    return -1;
}

void boot_restart(const char *why) {
    if (why != NULL && kernel_log >= 0)
        dprintf(kernel_log, "<3>mono-guest: %s\n", why);
    else if (why != NULL)
        dprintf(STDERR_FILENO, "mono-guest: %s\n", why);
    reboot(RB_AUTOBOOT);
    for (;;) pause();
}

static int open_port(void) {
    char device[300];

    if (find_port(device, sizeof device) != 0) return -1;
    return open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static int find_port(char *device, size_t device_bytes) {
    DIR *ports = opendir(PORTS_DIRECTORY);
    struct dirent *entry;
    int result = -1;

    if (ports == NULL) return -1;
    while (result != 0 && (entry = readdir(ports)) != NULL) {
        if (entry->d_name[0] == '.' || !has_port_name(entry->d_name)) continue;
        snprintf(device, device_bytes, "/dev/%s", entry->d_name);
        result = 0;
    }
    closedir(ports);
    return result;
}

static int has_port_name(const char *entry) {
    char path[400];
    char name[sizeof PORT_NAME + 1];

    snprintf(path, sizeof path, PORTS_DIRECTORY "/%s/name", entry);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t length = read(fd, name, sizeof name);
    close(fd);
    return length == (ssize_t)strlen(PORT_NAME) + 1 && memcmp(name, PORT_NAME "\n", (size_t)length) == 0;
}

static bool is_connected(int port) {
    struct pollfd end = {.fd = port};

    return poll(&end, 1, 0) == 0;
}
