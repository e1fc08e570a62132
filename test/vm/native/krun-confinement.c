/*
 * What a machine's process can still do once the launcher has confined it, and what not.
 *
 * usage: krun-confinement HELD-FILE OTHER-FILE DIRECTORY outbound|ports|none PORT
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../native/krun/linux/syscall-filter.h"
#include "../../../native/krun/platform.h"

static void *write_answer(void *answer) {
    *(int *)answer = 42;
    return NULL;
}

static void expect_threads(void) {
    pthread_t thread;
    int answer = 0;

    assert(pthread_create(&thread, NULL, write_answer, &answer) == 0);
    assert(pthread_join(thread, NULL) == 0 && answer == 42);
}

static void expect_files(const char *held, const char *other, const char *directory) {
    char path[4096], byte;

    int fd = open(held, O_RDONLY);
    assert(fd >= 0 && read(fd, &byte, 1) == 1 && close(fd) == 0);
    assert(open(held, O_WRONLY) < 0 && errno == EACCES);
    assert(open(other, O_RDONLY) < 0 && errno == EACCES);
    snprintf(path, sizeof path, "%s/of-the-guest", directory);
    fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert(fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 && close(fd) == 0);
    assert(unlink(path) < 0 && errno == ENOSYS && unlinkat(AT_FDCWD, path, 0) == 0);
}

static void expect_refusals(void) {
    char *const none[] = {NULL};
    char key = 'x';

    assert(execve("/bin/true", none, none) < 0 && errno == ENOSYS);
    assert(fork() < 0 && errno == ENOSYS);
    assert(ioctl(0, TIOCSTI, &key) < 0 && errno == ENOSYS);
    assert(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    assert(unshare(CLONE_NEWUSER) < 0 && errno == ENOSYS);
    static const long calls[] = {
        SYS_ptrace,  SYS_process_vm_readv, SYS_kill,          SYS_mount,   SYS_setns,
        SYS_bpf,     SYS_perf_event_open,  SYS_userfaultfd,   SYS_keyctl,  SYS_init_module,
        SYS_reboot,  SYS_kexec_load,       SYS_io_uring_setup, SYS_chroot, SYS_pivot_root,
        SYS_memfd_create, SYS_open_by_handle_at, SYS_pidfd_open, SYS_clone3, SYS_socketpair,
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        assert(syscall(calls[i], 0, 0, 0, 0, 0, 0) < 0 && errno == ENOSYS);
}

static void expect_sockets(bool allowed, uint16_t forwarded_port) {
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    assert(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == ENOSYS);
    assert(socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == ENOSYS);
    assert(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == ENOSYS);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert((fd >= 0) == allowed);
    if (!allowed) return;
    loopback.sin_port = htons(9);
    assert(connect(fd, (struct sockaddr *)&loopback, sizeof loopback) < 0 && errno == ECONNREFUSED);
    assert(bind(fd, (struct sockaddr *)&loopback, sizeof loopback) < 0 && errno == EPERM);
    assert(listen(fd, 1) < 0 && errno == EPERM);
    loopback.sin_port = htons(forwarded_port);
    assert(bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0 && listen(fd, 1) == 0);
}

/* Without the guard, which a guest that has the process for itself can pass by. */
static void expect_ports(uint16_t forwarded_port, bool may_reach_out) {
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    loopback.sin_port = htons((uint16_t)(forwarded_port + 1));
    assert(syscall(SYS_bind, fd, &loopback, sizeof loopback) < 0 && errno == EACCES);
    assert(syscall(SYS_connect, fd, &loopback, sizeof loopback) < 0);
    assert(errno == (may_reach_out ? ECONNREFUSED : EACCES));
}

static void expect_no_great_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    static const int great[] = {CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_SYS_MODULE, CAP_NET_ADMIN,
                                CAP_NET_RAW,   CAP_SYS_RAWIO,  CAP_KILL,       CAP_SYS_CHROOT};

    assert(syscall(SYS_capget, &header, sets) == 0 && sets[1].permitted == 0);
    for (size_t i = 0; i < sizeof great / sizeof *great; i++)
        assert((sets[0].permitted >> great[i] & 1) == 0);
}

/* Prints what the kernel says of this process, read by a descriptor of before. */
static void print_status(int status) {
    char text[4096];
    ssize_t length = pread(status, text, sizeof text - 1, 0);

    assert(length > 0);
    text[length] = '\0';
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (strncmp(line, "NoNewPrivs", 10) == 0 || strncmp(line, "Seccomp:", 8) == 0)
            dprintf(1, "%s\n", line);
}

int main(int count, char **arguments) {
    static struct configuration configuration;
    int status = open("/proc/self/status", O_RDONLY);

    assert(count == 6 && status >= 0);
    configuration.kernel = configuration.initramfs = arguments[1];
    configuration.disks[0] = (struct disk){arguments[1], DISK_RAW, true};
    configuration.disk_count = 1;
    configuration.volumes[0] = (struct volume){"volume0", arguments[3], false};
    configuration.volume_count = 1;
    configuration.has_sockets = strcmp(arguments[4], "none") != 0;
    configuration.is_restricted = strcmp(arguments[4], "ports") == 0;
    uint16_t forwarded_port = (uint16_t)atoi(arguments[5]);
    configuration.ports[0] = (struct port){80, forwarded_port, {127, 0, 0, 1}};
    configuration.port_count = 1;
    assert(platform_guard_sockets(&configuration) == 0);
    assert(platform_confine(&configuration) == 0);
    expect_threads();
    expect_files(arguments[1], arguments[2], arguments[3]);
    expect_refusals();
    expect_no_great_capabilities();
    expect_sockets(configuration.has_sockets, forwarded_port);
    if (configuration.has_sockets) expect_ports(forwarded_port, !configuration.is_restricted);
    print_status(status);
    return 0;
}
