#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tar.h"

#define XATTR_PREFIX "SCHILY.xattr."
#define PIECE_BYTES 65536

/* One entry, from its header and its pax records. */
struct entry {
    char name[TAR_MAX_PATH_BYTES];
    char link[TAR_MAX_PATH_BYTES];
    char type;
    mode_t mode;
    uid_t uid;
    gid_t gid;
    unsigned long long size_bytes;
    struct timespec mtime;
    dev_t device;
    bool has_name, has_link, has_size, has_uid, has_gid, has_mtime;
};

static uint8_t records[TAR_MAX_RECORDS_BYTES];
static size_t records_bytes;

static int read_exactly(void *bytes, size_t length_bytes);
static int read_header(struct tar_header *header);
static int read_records(unsigned long long size_bytes);
static int parse_records(struct entry *entry);
static void take_record(struct entry *entry, const char *key, const char *value, size_t value_bytes);
static void fill_entry(struct entry *entry, const struct tar_header *header);
static unsigned long long octal(const char *field, size_t width);
static int make(int directory, const struct entry *entry, const char *rename_to);
static int open_parent(int directory, char *name, const char **last);
static int make_node(int parent, const char *last, int root, const struct entry *entry);
static int make_file(int parent, const char *last, const struct entry *entry);
static int make_link(int root, const struct entry *entry, int parent, const char *last);
static int set_attributes(int parent, const char *last, const struct entry *entry);
static int skip(unsigned long long size_bytes);
static int fail(const char *what);

int tar_read_tree(int directory, const char *rename_to) {
    static struct entry entry;
    struct tar_header header;
    int result;

    for (;;) {
        memset(&entry, 0, sizeof entry);
        records_bytes = 0;
        for (;;) {
            if ((result = read_header(&header)) <= 0) return result;
            unsigned long long size = octal(header.size, sizeof header.size);
            if (header.type == 'x' && read_records(size) != 0) return -1;
            if (header.type == 'g' && skip(size) != 0) return -1;
            if (header.type != 'x' && header.type != 'g') break;
        }
        if (parse_records(&entry) != 0) return -1;
        fill_entry(&entry, &header);
        if (make(directory, &entry, rename_to) != 0) return -1;
    }
}

static int read_exactly(void *bytes, size_t length_bytes) {
    for (size_t at = 0; at < length_bytes;) {
        ssize_t got = read(0, (uint8_t *)bytes + at, length_bytes - at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail("read the archive");
        if (got == 0) {
            errno = EPIPE;
            return fail("the archive is cut off");
        }
        at += (size_t)got;
    }
    return 0;
}

/* Returns 1, 0 at the end of the archive, -1 after a message. */
static int read_header(struct tar_header *header) {
    static const struct tar_header nothing;

    if (read_exactly(header, sizeof *header) != 0) return -1;
    if (memcmp(header, &nothing, sizeof nothing) == 0) return 0;
    if (octal(header->checksum, sizeof header->checksum) == tar_checksum(header)) return 1;
    errno = EINVAL;
    return fail("a header of the archive");
}

static int read_records(unsigned long long size_bytes) {
    if (size_bytes >= sizeof records) {
        errno = E2BIG;
        return fail("the records of the archive");
    }
    records_bytes = (size_t)size_bytes;
    if (read_exactly(records, records_bytes) != 0) return -1;
    size_t over = records_bytes % TAR_BLOCK_BYTES;
    uint8_t padding[TAR_BLOCK_BYTES];
    return over == 0 ? 0 : read_exactly(padding, TAR_BLOCK_BYTES - over);
}

/* Each is "LENGTH KEY=VALUE\n"; extended attributes are set from them later. */
static int parse_records(struct entry *entry) {
    for (size_t at = 0; at < records_bytes;) {
        char *end;
        const char *start = (const char *)records + at;
        records[records_bytes] = 0;
        unsigned long length = strtoul(start, &end, 10);
        const char *equals = NULL;
        if (*end == ' ' && length > 0 && length <= records_bytes - at && start[length - 1] == '\n')
            equals = memchr(end, '=', (size_t)(start + length - end));
        if (equals == NULL) {
            errno = EINVAL;
            return fail("a record of the archive");
        }
        records[at + length - 1] = 0;
        records[(size_t)(equals - (const char *)records)] = 0;
        take_record(entry, end + 1, equals + 1, (size_t)(start + length - 1 - (equals + 1)));
        records[at + length - 1] = '\n';
        records[(size_t)(equals - (const char *)records)] = '=';
        at += length;
    }
    return 0;
}

static void take_record(struct entry *entry, const char *key, const char *value, size_t value_bytes) {
    char *end;

    if (strcmp(key, "path") == 0 && value_bytes < sizeof entry->name) {
        memcpy(entry->name, value, value_bytes + 1);
        entry->has_name = true;
    } else if (strcmp(key, "linkpath") == 0 && value_bytes < sizeof entry->link) {
        memcpy(entry->link, value, value_bytes + 1);
        entry->has_link = true;
    } else if (strcmp(key, "size") == 0) {
        entry->size_bytes = strtoull(value, NULL, 10);
        entry->has_size = true;
    } else if (strcmp(key, "uid") == 0) {
        entry->uid = (uid_t)strtoul(value, NULL, 10);
        entry->has_uid = true;
    } else if (strcmp(key, "gid") == 0) {
        entry->gid = (gid_t)strtoul(value, NULL, 10);
        entry->has_gid = true;
    } else if (strcmp(key, "mtime") == 0) {
        entry->mtime.tv_sec = strtoll(value, &end, 10);
        long scale = 100000000;
        for (end += *end == '.'; *end >= '0' && *end <= '9'; end++, scale /= 10)
            entry->mtime.tv_nsec += (*end - '0') * scale;
        entry->has_mtime = true;
    }
}

static void fill_entry(struct entry *entry, const struct tar_header *header) {
    if (!entry->has_name)
        snprintf(entry->name, sizeof entry->name, "%.155s%s%.100s", header->prefix,
                 header->prefix[0] != 0 ? "/" : "", header->name);
    if (!entry->has_link)
        snprintf(entry->link, sizeof entry->link, "%.100s", header->link_name);
    if (!entry->has_size) entry->size_bytes = octal(header->size, sizeof header->size);
    if (!entry->has_uid) entry->uid = (uid_t)octal(header->uid, sizeof header->uid);
    if (!entry->has_gid) entry->gid = (gid_t)octal(header->gid, sizeof header->gid);
    if (!entry->has_mtime) entry->mtime.tv_sec = (time_t)octal(header->mtime, sizeof header->mtime);
    entry->type = header->type == 0 ? '0' : header->type;
    entry->mode = (mode_t)octal(header->mode, sizeof header->mode) & 07777;
    entry->device = makedev((unsigned)octal(header->major, sizeof header->major),
                            (unsigned)octal(header->minor, sizeof header->minor));
    if (entry->type != '0') entry->size_bytes = 0;
}

static unsigned long long octal(const char *field, size_t width) {
    unsigned long long value = 0;

    for (size_t i = 0; i < width && field[i] != 0; i++)
        if (field[i] >= '0' && field[i] <= '7') value = value << 3 | (unsigned)(field[i] - '0');
    return value;
}

static int make(int directory, const struct entry *entry, const char *rename_to) {
    static char name[TAR_MAX_PATH_BYTES + 256];
    const char *rest = entry->name;
    const char *last;

    if (rename_to != NULL) {
        rest = strchr(entry->name, '/');
        snprintf(name, sizeof name, "%s%s", rename_to, rest != NULL ? rest : "");
    } else {
        snprintf(name, sizeof name, "%s", entry->name);
    }
    int parent = open_parent(directory, name, &last);
    if (parent < 0) return -1;
    int result = *last == 0 ? skip(entry->size_bytes) : make_node(parent, last, directory, entry);
    if (result == 0 && *last != 0 && entry->type != '1') result = set_attributes(parent, last, entry);
    close(parent);
    return result;
}

/*
 * Opens the directory that the last component of the name is in; missing ones are made. Cuts `name`.
 * Symbolic links that the image has are followed: everything in the guest is within its root.
 */
static int open_parent(int directory, char *name, const char **last) {
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (char *at = name; fd >= 0; ) {
        at += strspn(at, "/");
        char *end = at + strcspn(at, "/");
        char *next = end + strspn(end, "/");
        if (*next == 0) {
            *end = 0;
            *last = strcmp(at, ".") == 0 ? "" : at;
            if (strcmp(at, "..") != 0) return fd;
            errno = EINVAL;
            break;
        }
        *end = 0;
        if (strcmp(at, "..") == 0) {
            errno = EINVAL;
            break;
        }
        mkdirat(fd, at, 0755);
        int below = openat(fd, at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int error = errno;
        close(fd);
        errno = error;
        fd = below;
        at = next;
    }
    int error = errno;
    if (fd >= 0) close(fd);
    errno = error;
    return fail(name);
}

static int make_node(int parent, const char *last, int root, const struct entry *entry) {
    struct stat status;
    bool exists = fstatat(parent, last, &status, AT_SYMLINK_NOFOLLOW) == 0;
    int result;

    if (entry->type == '5') {
        if (exists && S_ISDIR(status.st_mode)) return 0;
        if (exists && unlinkat(parent, last, 0) != 0) return fail(entry->name);
        return mkdirat(parent, last, 0700) == 0 ? 0 : fail(entry->name);
    }
    if (exists && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return fail(entry->name);
    }
    if (exists && unlinkat(parent, last, 0) != 0) return fail(entry->name);
    switch (entry->type) {
    case '0':
        return make_file(parent, last, entry);
    case '1':
        return make_link(root, entry, parent, last);
    case '2':
        result = symlinkat(entry->link, parent, last);
        break;
    case '3':
        result = mknodat(parent, last, S_IFCHR | 0600, entry->device);
        break;
    case '4':
        result = mknodat(parent, last, S_IFBLK | 0600, entry->device);
        break;
    case '6':
        result = mknodat(parent, last, S_IFIFO | 0600, 0);
        break;
    default:
        errno = EINVAL;
        result = -1;
    }
    return result == 0 ? 0 : fail(entry->name);
}

static int make_file(int parent, const char *last, const struct entry *entry) {
    static uint8_t piece[PIECE_BYTES];
    unsigned long long left = entry->size_bytes;

    int fd = openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return fail(entry->name);
    while (left > 0) {
        size_t wanted = left < sizeof piece ? (size_t)left : sizeof piece;
        if (read_exactly(piece, wanted) != 0) break;
        for (size_t at = 0; at < wanted;) {
            ssize_t written = write(fd, piece + at, wanted - at);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) {
                fail(entry->name);
                close(fd);
                return -1;
            }
            at += (size_t)written;
        }
        left -= wanted;
    }
    close(fd);
    size_t over = (size_t)(entry->size_bytes % TAR_BLOCK_BYTES);
    if (left > 0) return -1;
    return over == 0 ? 0 : read_exactly(piece, TAR_BLOCK_BYTES - over);
}

/* The archive names the other file from its own root. */
static int make_link(int root, const struct entry *entry, int parent, const char *last) {
    static char target[TAR_MAX_PATH_BYTES];
    const char *other;

    snprintf(target, sizeof target, "%s", entry->link);
    int directory = open_parent(root, target, &other);
    if (directory < 0) return -1;
    int result = linkat(directory, other, parent, last, 0);
    if (result != 0) fail(entry->name);
    close(directory);
    return result;
}

/* Changing the owner takes away set-user-ID and capabilities, so it comes first. */
static int set_attributes(int parent, const char *last, const struct entry *entry) {
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, entry->mtime};
    char file[64 + 256];

    if (fchownat(parent, last, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(entry->name);
    if (entry->type != '2' && fchmodat(parent, last, entry->mode, 0) != 0) return fail(entry->name);
    snprintf(file, sizeof file, "/proc/self/fd/%d/%s", parent, last);
    for (size_t at = 0; at < records_bytes;) {
        char *end;
        char *start = (char *)records + at;
        size_t length = strtoul(start, &end, 10);
        char *equals = memchr(end, '=', (size_t)(start + length - end));
        at += length;
        if (strncmp(end + 1, XATTR_PREFIX, sizeof XATTR_PREFIX - 1) != 0) continue;
        *equals = 0;
        if (lsetxattr(file, end + sizeof XATTR_PREFIX, equals + 1,
                      (size_t)(start + length - 1 - (equals + 1)), 0) != 0)
            return fail(entry->name);
    }
    utimensat(parent, last, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}

static int skip(unsigned long long size_bytes) {
    uint8_t block[TAR_BLOCK_BYTES];

    for (unsigned long long at = 0; at < size_bytes; at += sizeof block)
        if (read_exactly(block, sizeof block) != 0) return -1;
    return 0;
}

static int fail(const char *what) {
    dprintf(2, "%s: %s\n", what, strerror(errno));
    return -1;
}
