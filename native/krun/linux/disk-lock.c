#include "disk-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/*
 * Bytes of a disk that QEMU locks: from 100 for what a machine does with it, from 200 for what it does
 * not let others do (block/file-posix.c).
 */
#define QEMU_LOCK_FIRST 100
#define QEMU_LOCK_COUNT 200
#define QEMU_LOCK_READS 100
#define QEMU_LOCK_WRITES 101
#define QEMU_LOCK_NO_OTHER_READS 200
#define QEMU_LOCK_NO_OTHER_WRITES 201

static int lock_for_reading(int fd);
static int lock_range(int fd, short type, off_t start, off_t length_bytes);

/* The lock lasts as long as the process: its descriptor stays open. */
int disk_lock(const struct disk *disk) {
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
