#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "files.h"

#define IMAGE_DISK "/dev/vda"
#define WRITES_DISK "/dev/vdb"
#define IMAGE "/image"
#define WRITES "/writes"
#define ROOT "/root"

/* A filesystem that every sandbox has; a missing mount point is made. */
struct kernel_mount {
    const char *type;
    const char *path;
    unsigned long flags;
    const char *options;
    int required;
};

static const struct kernel_mount kernel_mounts[] = {
    {"proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, 1},
    {"sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, 1},
    {"cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, 0},
    {"devtmpfs", "/dev", MS_NOSUID, "mode=0755", 1},
    {"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666", 1},
    {"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777", 1},
    {"mqueue", "/dev/mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, 0},
};

/* The initial filesystem, which nothing in the sandbox can name. */
static int private_directory = -1;
static bool is_read_only;

static const char *mount_image(enum root_writes writes);
static const char *mount_writes(enum root_writes writes);
static const char *mount_overlay(void);
static int make_directory(const char *path);
static const char *make_root(void);
static const char *mount_kernel_filesystems(void);
static void make_device_links(void);
static void tune_kernel(void);

const char *root_enter(enum root_writes writes) {
    const char *failed = mount_image(writes);
    if (failed == NULL) failed = make_root();
    if (failed == NULL) failed = mount_kernel_filesystems();
    if (failed != NULL) return failed;
    make_device_links();
    tune_kernel();
    return NULL;
}

int root_set_hostname(const char *name) {
    char text[400];

    size_t length = 0;
    while (name[length] != 0) length++;
    if (sethostname(name, length) != 0) return -1;
    snprintf(text, sizeof text, "%.255s\n", name);
    file_create("/etc/hostname", text);
    snprintf(text, sizeof text,
             "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t%.255s\n",
             name);
    file_create("/etc/hosts", text);
    return 0;
}

int root_open_private(const char *name) {
    return openat(private_directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

int root_open_writes(void) {
    return openat(private_directory, "writes/upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int root_seal(void) {
    return is_read_only ? mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) : 0;
}

static const char *mount_image(enum root_writes writes) {
    mkdir(IMAGE, 0700);
    mkdir(WRITES, 0700);
    mkdir(ROOT, 0700);
    if (mount(IMAGE_DISK, IMAGE, "erofs", MS_RDONLY, NULL) != 0) return "mount the image";
    is_read_only = writes == ROOT_WRITES_NONE;
    const char *failed = mount_writes(writes);
    return failed != NULL ? failed : mount_overlay();
}

/* A root without writes takes the mount points that its image lacks, in memory, until it is sealed. */
static const char *mount_writes(enum root_writes writes) {
    if (writes == ROOT_WRITES_DISK)
        return disk_mount(WRITES_DISK, WRITES, false) == 0 ? NULL : "mount the disk for writes";
    if (mount("tmpfs", WRITES, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") == 0) return NULL;
    return "mount the memory for writes";
}

/*
 * The attributes of an overlay's root are those of its upper directory, so the image's are copied
 * when that is made. redirect_dir and metacopy stay off: then the upper directory alone is a
 * complete change set, with whiteouts and opaque directories as the only marks.
 */
static const char *mount_overlay(void) {
    struct stat status;

    int made = make_directory(WRITES "/upper");
    if (made < 0 || make_directory(WRITES "/work") < 0) return "prepare the place for writes";
    if (made > 0 &&
        (stat(IMAGE, &status) != 0 || chown(WRITES "/upper", status.st_uid, status.st_gid) != 0 ||
         chmod(WRITES "/upper", status.st_mode & 07777) != 0))
        return "prepare the place for writes";
    const char *options = "lowerdir=" IMAGE ",upperdir=" WRITES "/upper,workdir=" WRITES "/work,"
                          "redirect_dir=off,metacopy=off,index=off,xino=off";
    if (mount("overlay", ROOT, "overlay", 0, options) != 0) return "mount the overlay";
    return NULL;
}

/* Returns 1 when it made the directory, 0 when that was there, -1 with errno set. */
static int make_directory(const char *path) {
    if (mkdir(path, 0700) == 0) return 1;
    return errno == EEXIST ? 0 : -1;
}

static const char *make_root(void) {
    unlink("/init");
    private_directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (chdir(ROOT) != 0) return "enter the root";
    if (mount(".", "/", NULL, MS_MOVE, NULL) != 0) return "move the root";
    if (chroot(".") != 0 || chdir("/") != 0) return "enter the root";
    return NULL;
}

/* Runs inside the new root, so that symbolic links of the image lead nowhere else. */
static const char *mount_kernel_filesystems(void) {
    static char what[64];

    for (size_t i = 0; i < sizeof kernel_mounts / sizeof *kernel_mounts; i++) {
        const struct kernel_mount *it = &kernel_mounts[i];
        mkdir(it->path, 0755);
        if (mount(it->type, it->path, it->type, it->flags, it->options) != 0 && it->required)
            return snprintf(what, sizeof what, "mount %s", it->path) > 0 ? what : it->path;
    }
    return NULL;
}

static void make_device_links(void) {
    static const char *const links[][2] = {
        {"/proc/self/fd", "/dev/fd"},    {"/proc/self/fd/0", "/dev/stdin"},
        {"/proc/self/fd/1", "/dev/stdout"}, {"/proc/self/fd/2", "/dev/stderr"},
        {"/proc/kcore", "/dev/core"},
    };

    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (symlink(links[i][0], links[i][1]) != 0 && errno != EEXIST) return;
    /* The devpts above is an instance of its own: its ptmx, not the first one's. */
    unlink("/dev/ptmx");
    if (symlink("pts/ptmx", "/dev/ptmx") != 0) return;
}

static void tune_kernel(void) {
    /* 4096 processes, what the kernel picks for one CPU, are few. */
    file_write("/proc/sys/kernel/pid_max", "4194304");
    file_write("/proc/self/oom_score_adj", "-1000");
    /* As in containers: any user may open any port and ping. */
    file_write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    file_write("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
}
