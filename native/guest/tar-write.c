#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "complain.h"
#include "tar-output.h"
#include "tar.h"

/* The largest numbers of the header's octal fields. */
#define MAX_OCTAL_7 2097151u
#define MAX_OCTAL_11 8589934591ull
#define OVERLAY_PREFIX "trusted.overlay."
#define OVERLAY_OPAQUE "trusted.overlay.opaque"

/* A file with several names that has been written under one of them. */
struct linked_file {
    dev_t device;
    ino_t inode;
    char *path;
};

static char path[TAR_MAX_PATH_BYTES]; /* of the entry that is written */
static uint8_t records[TAR_MAX_RECORDS_BYTES];
static size_t records_used;
static struct linked_file *linked;
static size_t linked_count;

static int write_node(int directory, const char *name, size_t path_length, int depth);
static int write_children(int directory, const char *name, size_t path_length, int depth);
static int write_entry(int directory, const char *name, const struct stat *status);
static int write_content(int directory, const char *name, off_t size_bytes);
static const char *find_link(const struct stat *status);
static int collect_records(const char *file, const struct stat *status, const char *target);
static int add_attributes(const char *file);
static int add_record(const char *key, const void *value, size_t value_bytes);
static int add_text(const char *key, const char *text);
static void fill_header(struct tar_header *header, const char *name, const struct stat *status);
static void seal(struct tar_header *header);
static void put_text(char *field, size_t width, const char *text);
static void put_octal(char *field, size_t width, unsigned long long value);
static char type_of(mode_t mode);

uint32_t tar_checksum(const struct tar_header *header) {
    const uint8_t *bytes = (const uint8_t *)header;
    const size_t start = offsetof(struct tar_header, checksum);
    uint32_t sum = 0;

    for (size_t i = 0; i < sizeof *header; i++)
        sum += i >= start && i < start + sizeof header->checksum ? ' ' : bytes[i];
    return sum;
}

int tar_write_tree(int directory, const char *name, const char *as) {
    size_t length = strlen(as);

    if (length >= sizeof path) return complain("the name is too long");
    memcpy(path, as, length + 1);
    return write_node(directory, name, length, 0);
}

int tar_write_end(void) {
    static const uint8_t end[2 * TAR_BLOCK_BYTES];
    return tar_put(end, sizeof end) != 0 ? -1 : tar_flush();
}

static int write_node(int directory, const char *name, size_t path_length, int depth) {
    struct stat status;

    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return depth > 0 && errno == ENOENT ? 0 : complain(path); /* gone meanwhile */
    if (type_of(status.st_mode) == 0) return 0;               /* a socket */
    if (path_length > 0 && write_entry(directory, name, &status) != 0) return -1;
    return S_ISDIR(status.st_mode) ? write_children(directory, name, path_length, depth) : 0;
}

static int write_children(int directory, const char *name, size_t path_length, int depth) {
    struct dirent *entry;
    int result = 0;

    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *children = fd >= 0 ? fdopendir(fd) : NULL;
    if (children == NULL || depth == TAR_MAX_DEPTH) return complain(path);
    while (result == 0 && (entry = readdir(children)) != NULL) {
        const char *child = entry->d_name;
        size_t length = strlen(child);
        size_t start = path_length + (path_length > 0);
        if (strcmp(child, ".") == 0 || strcmp(child, "..") == 0) continue;
        if (start + length + 1 > sizeof path) {
            result = complain("a path is too long");
            break;
        }
        if (path_length > 0) path[path_length] = '/';
        memcpy(path + start, child, length + 1);
        result = write_node(fd, child, start + length, depth + 1);
        path[path_length] = 0;
    }
    closedir(children);
    return result;
}

static int write_entry(int directory, const char *name, const struct stat *status) {
    static char target[TAR_MAX_PATH_BYTES];
    struct tar_header header;
    char file[64 + 256];
    const char *link = find_link(status);

    snprintf(file, sizeof file, "/proc/self/fd/%d/%s", directory, name);
    target[0] = 0;
    if (link != NULL) snprintf(target, sizeof target, "%s", link);
    if (S_ISLNK(status->st_mode)) {
        ssize_t length = readlinkat(directory, name, target, sizeof target - 1);
        if (length < 0) return complain(path);
        target[length] = 0;
    }
    if (collect_records(link != NULL ? NULL : file, status, target) != 0) return -1;
    if (records_used > 0) {
        fill_header(&header, "pax", status);
        header.type = 'x';
        put_octal(header.size, sizeof header.size, records_used);
        seal(&header);
        if (tar_put(&header, sizeof header) != 0 || tar_put(records, records_used) != 0 ||
            tar_put_padding(records_used) != 0)
            return -1;
    }
    fill_header(&header, path, status);
    if (link != NULL) header.type = '1';
    put_text(header.link_name, sizeof header.link_name, target);
    bool has_content = S_ISREG(status->st_mode) && link == NULL;
    if (has_content)
        put_octal(header.size, sizeof header.size, (unsigned long long)status->st_size & MAX_OCTAL_11);
    seal(&header);
    if (tar_put(&header, sizeof header) != 0) return -1;
    return has_content ? write_content(directory, name, status->st_size) : 0;
}

/* A file that shrinks meanwhile is filled up: the archive has promised its size. */
static int write_content(int directory, const char *name, off_t size_bytes) {
    static uint8_t piece[TAR_OUTPUT_BYTES];
    off_t left = size_bytes;

    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return complain(path);
    while (left > 0) {
        size_t wanted = left < (off_t)sizeof piece ? (size_t)left : sizeof piece;
        ssize_t got = read(fd, piece, wanted);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) break;
        if (got == 0) {
            memset(piece, 0, wanted);
            got = (ssize_t)wanted;
        }
        if (tar_put(piece, (size_t)got) != 0) break;
        left -= got;
    }
    close(fd);
    return left > 0 ? complain(path) : tar_put_padding((unsigned long long)size_bytes);
}

/* Returns the path under which a file was written before; notes this one when it may have others. */
static const char *find_link(const struct stat *status) {
    if (S_ISDIR(status->st_mode) || status->st_nlink < 2) return NULL;
    for (size_t i = 0; i < linked_count; i++)
        if (linked[i].inode == status->st_ino && linked[i].device == status->st_dev)
            return linked[i].path;
    struct linked_file *grown = realloc(linked, (linked_count + 1) * sizeof *linked);
    if (grown == NULL) return NULL;
    linked = grown;
    linked[linked_count] = (struct linked_file){status->st_dev, status->st_ino, strdup(path)};
    if (linked[linked_count].path != NULL) linked_count++;
    return NULL;
}

/* What does not fit the header's fields, or is not ASCII, and the attributes of `file`. */
static int collect_records(const char *file, const struct stat *status, const char *target) {
    char text[64];

    records_used = 0;
    if (add_text("path", path) != 0) return -1;
    if (target[0] != 0 && add_text("linkpath", target) != 0) return -1;
    snprintf(text, sizeof text, "%lld.%09ld", (long long)status->st_mtim.tv_sec,
             status->st_mtim.tv_nsec);
    if (status->st_mtim.tv_sec >= 0 && add_text("mtime", text) != 0) return -1;
    snprintf(text, sizeof text, "%lld", (long long)status->st_size);
    if ((unsigned long long)status->st_size > MAX_OCTAL_11 && add_text("size", text) != 0) return -1;
    snprintf(text, sizeof text, "%u", status->st_uid);
    if (status->st_uid > MAX_OCTAL_7 && add_text("uid", text) != 0) return -1;
    snprintf(text, sizeof text, "%u", status->st_gid);
    if (status->st_gid > MAX_OCTAL_7 && add_text("gid", text) != 0) return -1;
    return file == NULL ? 0 : add_attributes(file);
}

/* Of the overlay's own attributes only the one that says something about content. */
static int add_attributes(const char *file) {
    static char names[65536];
    static uint8_t value[65536];
    char key[sizeof TAR_XATTR_PREFIX + 256];

    ssize_t length = llistxattr(file, names, sizeof names);
    if (length < 0) return errno == ENOTSUP || errno == ENOENT ? 0 : complain(path);
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        bool is_private = strncmp(name, OVERLAY_PREFIX, sizeof OVERLAY_PREFIX - 1) == 0;
        if (is_private && strcmp(name, OVERLAY_OPAQUE) != 0) continue;
        ssize_t size = lgetxattr(file, name, value, sizeof value);
        if (size < 0) continue;
        snprintf(key, sizeof key, TAR_XATTR_PREFIX "%.255s", name);
        if (add_record(key, value, (size_t)size) != 0) return -1;
    }
    return 0;
}

static int add_text(const char *key, const char *text) {
    return add_record(key, text, strlen(text));
}

/* "LENGTH KEY=VALUE\n", where the length counts its own digits. */
static int add_record(const char *key, const void *value, size_t value_bytes) {
    size_t length = strlen(key) + value_bytes + 3;
    char digits[24];

    for (int width = snprintf(digits, sizeof digits, "%zu", length);;) {
        int grown = snprintf(digits, sizeof digits, "%zu", length + (size_t)width);
        if (grown == width) break;
        width = grown;
    }
    length += strlen(digits);
    if (records_used + length > sizeof records) return complain("the attributes are too large");
    records_used += (size_t)sprintf((char *)records + records_used, "%s %s=", digits, key);
    memcpy(records + records_used, value, value_bytes);
    records_used += value_bytes;
    records[records_used++] = '\n';
    return 0;
}

static void fill_header(struct tar_header *header, const char *name, const struct stat *status) {
    memset(header, 0, sizeof *header);
    put_text(header->name, sizeof header->name, name);
    put_octal(header->mode, sizeof header->mode, status->st_mode & 07777);
    put_octal(header->uid, sizeof header->uid, status->st_uid & MAX_OCTAL_7);
    put_octal(header->gid, sizeof header->gid, status->st_gid & MAX_OCTAL_7);
    put_octal(header->size, sizeof header->size, 0);
    put_octal(header->mtime, sizeof header->mtime,
              status->st_mtim.tv_sec > 0 ? (unsigned long long)status->st_mtim.tv_sec & MAX_OCTAL_11
                                         : 0);
    header->type = type_of(status->st_mode);
    memcpy(header->magic, "ustar\00000", 8);
    put_octal(header->major, sizeof header->major, major(status->st_rdev) & MAX_OCTAL_7);
    put_octal(header->minor, sizeof header->minor, minor(status->st_rdev) & MAX_OCTAL_7);
}

static void seal(struct tar_header *header) {
    put_octal(header->checksum, 7, tar_checksum(header));
    header->checksum[7] = ' ';
}

/* As much as fits: what is cut stands in a record. */
static void put_text(char *field, size_t width, const char *text) {
    size_t length = strlen(text);
    memcpy(field, text, length < width ? length : width);
}

/* Digits, then NUL. */
static void put_octal(char *field, size_t width, unsigned long long value) {
    for (size_t i = width - 1; i-- > 0; value >>= 3) field[i] = (char)('0' + (value & 7));
    field[width - 1] = 0;
}

static char type_of(mode_t mode) {
    if (S_ISREG(mode)) return '0';
    if (S_ISLNK(mode)) return '2';
    if (S_ISCHR(mode)) return '3';
    if (S_ISBLK(mode)) return '4';
    if (S_ISDIR(mode)) return '5';
    return S_ISFIFO(mode) ? '6' : 0;
}
