/*
 * Confinement on Linux:
 *
 *   read-only volumes   a view of the directory whose mount is read-only, made in a mount namespace of
 *                       the launcher's own; without privileges also in a user namespace
 *   sockets             bind, connect and sendto stand here instead of in the C library; the dynamic
 *                       linker gives the program's own functions to libkrun first
 *   files               Landlock, where the kernel has it
 */
#include "platform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DNS_PORT 53
/*
 * Bytes of a disk that QEMU locks: from 100 for what a machine does with it, from 200 for what it does
 * not let others do. Machines of both VMMs so keep off each other's disks (block/file-posix.c).
 */
#define QEMU_LOCK_FIRST 100
#define QEMU_LOCK_COUNT 200
#define QEMU_LOCK_READS 100
#define QEMU_LOCK_WRITES 101
#define QEMU_LOCK_NO_OTHER_READS 200
#define QEMU_LOCK_NO_OTHER_WRITES 201
/* "/proc/self/fd/2147483647/." */
#define HELD_PATH_BYTES 32

#define READ_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_FILES (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define CHANGE_DIRECTORIES                                                                             \
    (LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |        \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |      \
     LANDLOCK_ACCESS_FS_REFER)
#define EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
/* Newer than some headers. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

static int lock_disk(const struct disk *disk);
static int lock_for_reading(int fd);
static int lock_range(int fd, short type, off_t start, off_t length_bytes);
static int hold(const char **path, char *held);
static int enter_mount_namespace(void);
static int write_identity_map(const char *path, unsigned id);
static int write_file(const char *path, const char *text);
static int open_read_only_view(const char *path);
static const struct port *forwarded_port(uint16_t guest_port);
static socklen_t host_address_of(int fd, const struct port *port, int family,
                                 struct sockaddr_storage *address);
static uint16_t port_of(const struct sockaddr *address);
static bool may_reach(const struct sockaddr *address);
static bool is_host_only(const struct sockaddr *address);
static bool is_name_server(const struct sockaddr *address);
static int add_rules(int ruleset, const struct configuration *configuration, uint64_t known);
static int add_rule(int ruleset, const char *path, uint64_t access);

/* What the guard holds the sockets to; none before there is one. */
static const struct configuration *guarded;

/*
 * A held file is the same one for the check of Landlock and for libkrun, whatever becomes of its name,
 * and on filesystems that make a new inode of it at each look.
 */
int platform_hold_files(struct configuration *configuration) {
    static char held[2 + MAX_DISKS][HELD_PATH_BYTES];

    if (hold(&configuration->kernel, held[0]) != 0) return -1;
    if (hold(&configuration->initramfs, held[1]) != 0) return -1;
    for (size_t i = 0; i < configuration->disk_count; i++) {
        struct disk *disk = &configuration->disks[i];
        if (i > 0 && lock_disk(disk) != 0) return -1;
        if (hold(&disk->path, held[2 + i]) != 0) return -1;
    }
    return 0;
}

/* The lock lasts as long as the process: its descriptor stays open. */
static int lock_disk(const struct disk *disk) {
    int fd = open(disk->path, (disk->is_read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);

    if (fd >= 0 && (disk->is_read_only ? lock_for_reading(fd) : lock_range(fd, F_WRLCK, QEMU_LOCK_FIRST,
                                                                           QEMU_LOCK_COUNT)) == 0)
        return 0;
    bool is_in_use = errno == EAGAIN || errno == EACCES;
    dprintf(2, "mono-krun: cannot lock %s: %s\n", disk->path,
            fd >= 0 && is_in_use ? "another machine uses it" : strerror(errno));
    return -1;
}

/* QEMU takes shared locks for all that it does and looks for those of others; so does this. */
static int lock_for_reading(int fd) {
    static const off_t others[] = {QEMU_LOCK_WRITES, QEMU_LOCK_NO_OTHER_READS};

    if (lock_range(fd, F_RDLCK, QEMU_LOCK_READS, 1) != 0) return -1;
    if (lock_range(fd, F_RDLCK, QEMU_LOCK_NO_OTHER_WRITES, 1) != 0) return -1;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct flock found = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = others[i], .l_len = 1};
        if (fcntl(fd, F_OFD_GETLK, &found) != 0) return -1;
        errno = EAGAIN;
        if (found.l_type != F_UNLCK) return -1;
    }
    return 0;
}

static int lock_range(int fd, short type, off_t start, off_t length_bytes) {
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length_bytes};
    return fcntl(fd, F_OFD_SETLK, &range);
}

static int hold(const char **path, char *held) {
    int fd = open(*path, O_PATH | O_CLOEXEC);

    if (fd < 0) {
        dprintf(2, "mono-krun: cannot open %s: %s\n", *path, strerror(errno));
        return -1;
    }
    snprintf(held, HELD_PATH_BYTES, "/proc/self/fd/%d", fd);
    *path = held;
    return 0;
}

int platform_hold_volumes(struct configuration *configuration) {
    static char held[MAX_VOLUMES][HELD_PATH_BYTES];
    bool has_namespace = false;

    for (size_t i = 0; i < configuration->volume_count; i++) {
        struct volume *volume = &configuration->volumes[i];
        if (volume->is_read_only && !has_namespace && enter_mount_namespace() != 0) return -1;
        has_namespace = has_namespace || volume->is_read_only;
        int fd = volume->is_read_only ? open_read_only_view(volume->path)
                                      : open(volume->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) return -1;
        snprintf(held[i], HELD_PATH_BYTES, "/proc/self/fd/%d/.", fd);
        volume->path = held[i];
    }
    return 0;
}

/* A new user namespace forgets with whose death this process dies. */
static int enter_mount_namespace(void) {
    unsigned user = geteuid(), group = getegid();
    pid_t parent = getppid();
    int death_signal = 0;

    if (unshare(CLONE_NEWNS) == 0) return 0;
    if (errno != EPERM) return -1;
    prctl(PR_GET_PDEATHSIG, &death_signal);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return -1;
    if (death_signal != 0 && prctl(PR_SET_PDEATHSIG, death_signal) != 0) return -1;
    if (getppid() != parent) raise(SIGKILL);
    if (write_file("/proc/self/setgroups", "deny") != 0) return -1;
    if (write_identity_map("/proc/self/uid_map", user) != 0) return -1;
    return write_identity_map("/proc/self/gid_map", group);
}

static int write_identity_map(const char *path, unsigned id) {
    char text[32];

    snprintf(text, sizeof text, "%u %u 1\n", id, id);
    return write_file(path, text);
}

static int write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t written = write(fd, text, strlen(text));
    close(fd);
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

/* The view is a mount without a place in the tree: only its descriptor leads there. */
static int open_read_only_view(const char *path) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;

    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, flags);
    if (fd < 0) return -1;
    if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
                sizeof attributes) != 0)
        return -1;
    return fd;
}

/* A socket has no name that could be opened again. */
const char *platform_console_path(void) {
    struct stat status;
    return fstat(1, &status) == 0 && !S_ISSOCK(status.st_mode) ? "/proc/self/fd/1" : NULL;
}

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

/* Whether only the host's own programs reach that address. */
static bool is_host_only(const struct sockaddr *address) {
    const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;
    const uint8_t *four = (const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr;

    if (address->sa_family == AF_INET6) {
        if (IN6_IS_ADDR_LOOPBACK(six) || IN6_IS_ADDR_UNSPECIFIED(six)) return true;
        if (!IN6_IS_ADDR_V4MAPPED(six)) return false;
        four = six->s6_addr + 12;
    } else if (address->sa_family != AF_INET) {
        return true;
    }
    return four[0] == 127 || four[0] == 0;
}

static bool is_name_server(const struct sockaddr *address) {
    const struct sockaddr_in *internet = (const struct sockaddr_in *)address;

    return address->sa_family == AF_INET && ntohs(internet->sin_port) == DNS_PORT &&
           memcmp(&internet->sin_addr, guarded->name_server, 4) == 0;
}

int platform_confine(const struct configuration *configuration) {
    uint64_t known = READ_FILES | WRITE_FILES | CHANGE_DIRECTORIES | EXECUTE;
    struct rlimit files, none = {0, 0};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0) return -1;
    /* Each file that a guest has open on a volume is one of this process. */
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return -1;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) return -1;
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return 0;
    if (version < 2) known &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
    if (version < 3) known &= ~(uint64_t)LANDLOCK_ACCESS_FS_TRUNCATE;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = known};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) return -1;
    if (add_rules(ruleset, configuration, known) != 0) return -1;
    int result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return result;
}

static int add_rules(int ruleset, const struct configuration *configuration, uint64_t known) {
    uint64_t read_file = LANDLOCK_ACCESS_FS_READ_FILE;
    uint64_t write_file = (read_file | WRITE_FILES) & known;

    if (add_rule(ruleset, "/dev/kvm", write_file) != 0) return -1;
    if (add_rule(ruleset, configuration->kernel, read_file) != 0) return -1;
    if (add_rule(ruleset, configuration->initramfs, read_file) != 0) return -1;
    for (size_t i = 0; i < configuration->disk_count; i++) {
        const struct disk *disk = &configuration->disks[i];
        if (add_rule(ruleset, disk->path, disk->is_read_only ? read_file : write_file) != 0) return -1;
    }
    for (size_t i = 0; i < configuration->file_count; i++)
        if (add_rule(ruleset, configuration->files[i], read_file) != 0) return -1;
    for (size_t i = 0; i < configuration->volume_count; i++) {
        const struct volume *volume = &configuration->volumes[i];
        uint64_t all = known & ~(uint64_t)EXECUTE;
        if (add_rule(ruleset, volume->path, volume->is_read_only ? READ_FILES : all) != 0) return -1;
    }
    /* A pipe needs no rule, and takes none. */
    if (add_rule(ruleset, "/proc/self/fd/1", write_file) != 0 && errno != EBADFD) return -1;
    return 0;
}

static int add_rule(int ruleset, const char *path, uint64_t access) {
    struct landlock_path_beneath_attr rule = {.allowed_access = access};

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) return -1;
    int result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int error = errno;
    close(rule.parent_fd);
    errno = error;
    return result;
}
