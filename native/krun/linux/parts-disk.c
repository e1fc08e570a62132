#include "parts-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* A part, and where on the disk it ends. */
struct span {
    int fd;
    off_t offset_bytes;
    off_t start_bytes;
    off_t end_bytes;
};

/* No spans: there is no such disk. */
static struct span spans[MAX_PARTS];
static size_t span_count;
static struct stat disk_status;

static int open_file(const char *path, off_t *length_bytes);
static int make_spans(const struct configuration *configuration);
static int make_file(off_t length_bytes);
static bool is_disk(int fd);
static const struct span *span_at(off_t offset);
static ssize_t read_parts(char *bytes, size_t length_bytes, off_t offset);
static ssize_t read_span(const struct span *span, char *bytes, size_t length_bytes, off_t offset);

int parts_disk_open(const struct configuration *configuration) {
    if (make_spans(configuration) != 0) return -1;
    int fd = make_file(spans[configuration->part_count - 1].end_bytes);
    if (fd < 0) dprintf(2, "mono-krun: cannot make the disk: %s\n", strerror(errno));
    else span_count = configuration->part_count;
    return fd;
}

static int make_spans(const struct configuration *configuration) {
    static int fds[MAX_FILES];
    static off_t lengths_bytes[MAX_FILES];
    off_t at = 0;

    for (size_t i = 0; i < configuration->file_count; i++)
        if ((fds[i] = open_file(configuration->files[i], &lengths_bytes[i])) < 0) return -1;
    for (size_t i = 0; i < configuration->part_count; i++) {
        const struct part *part = &configuration->parts[i];
        off_t length_bytes = (off_t)part->length_bytes, offset_bytes = (off_t)part->offset_bytes;
        if (offset_bytes + length_bytes > lengths_bytes[part->file]) {
            dprintf(2, "mono-krun: %s is too short\n", configuration->files[part->file]);
            return -1;
        }
        spans[i] = (struct span){fds[part->file], offset_bytes, at, at + length_bytes};
        at += length_bytes;
    }
    return 0;
}

static int open_file(const char *path, off_t *length_bytes) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && fstat(fd, &status) == 0) {
        *length_bytes = status.st_size;
        return fd;
    }
    dprintf(2, "mono-krun: cannot open %s: %s\n", path, strerror(errno));
    return -1;
}

/* Memory that nobody writes takes none. */
static int make_file(off_t length_bytes) {
    int fd = memfd_create("mono-disk", MFD_CLOEXEC);

    if (fd < 0) return -1;
    return ftruncate(fd, length_bytes) == 0 && fstat(fd, &disk_status) == 0 ? fd : -1;
}

ssize_t preadv(int fd, const struct iovec *pieces, int count, off_t offset) {
    size_t wanted_bytes = 0;
    ssize_t sum = 0;

    if (!is_disk(fd)) return syscall(SYS_preadv, fd, pieces, count, offset, 0L);
    for (int i = 0; i < count; i++) wanted_bytes += pieces[i].iov_len;
    const struct span *span = span_at(offset);
    if (span != NULL && wanted_bytes <= (size_t)(span->end_bytes - offset))
        return syscall(SYS_preadv, span->fd, pieces, count,
                       span->offset_bytes + (offset - span->start_bytes), 0L);
    for (int i = 0; i < count; i++) {
        ssize_t got = read_parts(pieces[i].iov_base, pieces[i].iov_len, offset + sum);
        if (got < 0) return sum > 0 ? sum : -1;
        sum += got;
        if ((size_t)got < pieces[i].iov_len) break;
    }
    return sum;
}

ssize_t pread(int fd, void *bytes, size_t length_bytes, off_t offset) {
    if (!is_disk(fd)) return syscall(SYS_pread64, fd, bytes, length_bytes, offset);
    return read_parts(bytes, length_bytes, offset);
}

ssize_t preadv64(int fd, const struct iovec *pieces, int count, off64_t offset)
    __attribute__((alias("preadv")));
ssize_t pread64(int fd, void *bytes, size_t length_bytes, off64_t offset)
    __attribute__((alias("pread")));

/* libkrun has descriptors of its own for the file. */
static bool is_disk(int fd) {
    struct stat status;

    return span_count > 0 && fstat(fd, &status) == 0 && status.st_ino == disk_status.st_ino &&
           status.st_dev == disk_status.st_dev;
}

static const struct span *span_at(off_t offset) {
    size_t low = 0, high = span_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (offset < spans[middle].start_bytes) high = middle;
        else if (offset >= spans[middle].end_bytes) low = middle + 1;
        else return &spans[middle];
    }
    return NULL;
}

/* Returns fewer bytes only at the end of the disk. */
static ssize_t read_parts(char *bytes, size_t length_bytes, off_t offset) {
    size_t done = 0;

    while (done < length_bytes) {
        const struct span *span = span_at(offset + (off_t)done);
        if (span == NULL) break;
        ssize_t got = read_span(span, bytes + done, length_bytes - done, offset + (off_t)done);
        if (got < 0) return -1;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static ssize_t read_span(const struct span *span, char *bytes, size_t length_bytes, off_t offset) {
    size_t left_bytes = (size_t)(span->end_bytes - offset);
    size_t wanted_bytes = length_bytes < left_bytes ? length_bytes : left_bytes;
    off_t at = span->offset_bytes + (offset - span->start_bytes);
    ssize_t got;

    do got = syscall(SYS_pread64, span->fd, bytes, wanted_bytes, at);
    while (got < 0 && errno == EINTR);
    if (got != 0) return got;
    errno = EIO; /* the file has become shorter */
    return -1;
}
