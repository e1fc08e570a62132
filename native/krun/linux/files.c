#include "../platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "disk-lock.h"
#include "held-file.h"
#include "parts-disk.h"

static int hold(const char **path, char *held);

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
        if (i > 0 && disk_lock(disk) != 0) return -1;
        if (disk->format == DISK_PARTS) {
            int fd = parts_disk_open(configuration);
            if (fd < 0) return -1;
            snprintf(held[2 + i], HELD_PATH_BYTES, "/proc/self/fd/%d", fd);
            disk->path = held[2 + i];
        } else if (hold(&disk->path, held[2 + i]) != 0) {
            return -1;
        }
    }
    return 0;
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

/* A socket has no name that could be opened again. */
const char *platform_console_path(void) {
    struct stat status;
    return fstat(1, &status) == 0 && !S_ISSOCK(status.st_mode) ? "/proc/self/fd/1" : NULL;
}
