#include "../platform.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "held-file.h"

static int enter_mount_namespace(void);
static int write_identity_map(const char *path, unsigned id);
static int write_file(const char *path, const char *text);
static int open_read_only_view(const char *path);

/*
 * A read-only volume is a view of the directory whose mount is read-only, made in a mount namespace of
 * the launcher's own; without privileges also in a user namespace.
 */
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
