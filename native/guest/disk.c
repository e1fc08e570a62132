#include "disk.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* Linux: fs/ext4/ext4.h */
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)

static bool has_disks;

static int prepare(const char *device, int top, const struct stat *mount_point);
static int grow(const char *device, int top);

int disk_mount(const char *device, const char *target, bool read_only) {
    unsigned long flags = MS_NODEV | MS_NOATIME | (read_only ? MS_RDONLY : 0);
    struct stat mount_point;

    if (stat(target, &mount_point) != 0) return -1;
    if (mount(device, target, "ext4", flags, NULL) != 0) return -1;
    has_disks = true;
    if (read_only) return 0;
    int top = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return -1;
    int result = prepare(device, top, &mount_point);
    close(top);
    return result;
}

void disks_flush(void) {
    if (has_disks) sync();
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
