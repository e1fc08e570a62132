#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* Linux: fs/ext4/ext4.h */
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)

/* Linux: include/uapi/linux/fs.h */
#define FIFREEZE _IOWR('X', 119, int)

/* The one for writes and those of volumes: src/lib/vm/devices.ts has the same limit. */
#define MAX_DISKS 9

/* The top directories of the disks that may be written to. */
static int tops[MAX_DISKS];
static size_t top_count;

static int mount_read_only(const char *device, const char *target);
static int prepare(const char *device, int top, const struct stat *mount_point);
static int grow(const char *device, int top);

int disk_mount(const char *device, const char *target, bool read_only) {
    struct stat mount_point;

    if (stat(target, &mount_point) != 0) return -1;
    if (read_only) return mount_read_only(device, target);
    if (mount(device, target, "ext4", MS_NODEV | MS_NOATIME, NULL) != 0) return -1;
    int top = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return -1;
    if (top_count < MAX_DISKS) tops[top_count++] = top;
    return prepare(device, top, &mount_point);
}

void disks_finish(void) {
    for (size_t i = 0; i < top_count; i++)
        if (ioctl(tops[i], (int)FIFREEZE, 0) != 0) syncfs(tops[i]);
}

/*
 * After a machine that was ended hard, the journal waits to be replayed, which a disk that cannot be
 * written to does not allow; then the last complete state is shown.
 */
static int mount_read_only(const char *device, const char *target) {
    unsigned long flags = MS_NODEV | MS_NOATIME | MS_RDONLY;

    if (mount(device, target, "ext4", flags, NULL) == 0) return 0;
    return errno == EROFS ? mount(device, target, "ext4", flags, "noload") : -1;
}

/* Only a new filesystem has a lost+found; some programs refuse to work beside one. */
static int prepare(const char *device, int top, const struct stat *mount_point) {
    if (unlinkat(top, "lost+found", AT_REMOVEDIR) == 0 &&
        (fchown(top, mount_point->st_uid, mount_point->st_gid) != 0 ||
         fchmod(top, mount_point->st_mode & 07777) != 0))
        return -1;
    return grow(device, top);
}

static int grow(const char *device, int top) {
    struct statfs filesystem;
    uint64_t disk_bytes = 0;

    int disk = open(device, O_RDONLY | O_CLOEXEC);
    if (disk < 0) return -1;
    int known = ioctl(disk, (int)BLKGETSIZE64, &disk_bytes);
    close(disk);
    if (known != 0 || fstatfs(top, &filesystem) != 0) return -1;
    uint64_t blocks = disk_bytes / (uint64_t)filesystem.f_bsize;
    return ioctl(top, (int)EXT4_IOC_RESIZE_FS, &blocks);
}
