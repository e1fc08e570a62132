#include "tar-place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "complain.h"
#include "tar-input.h"

#define PIECE_BYTES 65536

/* A directory of the archive; what is made in it later changes its time. */
struct made_directory {
    struct made_directory *before;
    struct timespec mtime;
    char name[]; /* below the directory that the archive goes to */
};

static struct made_directory *made;

static int remember_time(const char *name, struct timespec mtime);
static int open_parent(int directory, char *name, const char **last);
static int make_node(int parent, const char *last, int root, const struct tar_entry *entry);
static int make_file(int parent, const char *last, const struct tar_entry *entry);
static int make_link(int root, const struct tar_entry *entry, int parent, const char *last);
static int set_attributes(int parent, const char *last, const struct tar_entry *entry);

int tar_place(int directory, const struct tar_entry *entry, const char *rename_to) {
    static char name[TAR_MAX_PATH_BYTES + 256];
    const char *rest = entry->name;
    const char *last;

    if (rename_to != NULL) {
        rest = strchr(entry->name, '/');
        snprintf(name, sizeof name, "%s%s", rename_to, rest != NULL ? rest : "");
    } else {
        snprintf(name, sizeof name, "%s", entry->name);
    }
    if (entry->type == '5' && remember_time(name, entry->mtime) != 0) return -1;
    int parent = open_parent(directory, name, &last);
    if (parent < 0) return -1;
    int result = *last == 0 ? tar_skip(entry->size_bytes) : make_node(parent, last, directory, entry);
    if (result == 0 && *last != 0 && entry->type != '1') result = set_attributes(parent, last, entry);
    close(parent);
    return result;
}

int tar_place_times(int directory) {
    for (; made != NULL; made = made->before) {
        const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, made->mtime};
        const char *last;
        int parent = open_parent(directory, made->name, &last);
        if (parent < 0) return -1;
        if (*last != 0) utimensat(parent, last, times, AT_SYMLINK_NOFOLLOW);
        close(parent);
    }
    return 0;
}

/* The service that reads an archive ends soon after: what is remembered is not freed. */
static int remember_time(const char *name, struct timespec mtime) {
    struct made_directory *latest = malloc(sizeof *latest + strlen(name) + 1);

    if (latest == NULL) return complain(name);
    latest->before = made;
    latest->mtime = mtime;
    strcpy(latest->name, name);
    made = latest;
    return 0;
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
    return complain(name);
}

static int make_node(int parent, const char *last, int root, const struct tar_entry *entry) {
    struct stat status;
    bool exists = fstatat(parent, last, &status, AT_SYMLINK_NOFOLLOW) == 0;
    int result;

    if (entry->type == '5') {
        if (exists && S_ISDIR(status.st_mode)) return 0;
        if (exists && unlinkat(parent, last, 0) != 0) return complain(entry->name);
        return mkdirat(parent, last, 0700) == 0 ? 0 : complain(entry->name);
    }
    if (exists && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return complain(entry->name);
    }
    if (exists && unlinkat(parent, last, 0) != 0) return complain(entry->name);
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
    return result == 0 ? 0 : complain(entry->name);
}

static int make_file(int parent, const char *last, const struct tar_entry *entry) {
    static uint8_t piece[PIECE_BYTES];
    unsigned long long left = entry->size_bytes;

    int fd = openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return complain(entry->name);
    while (left > 0) {
        size_t wanted = left < sizeof piece ? (size_t)left : sizeof piece;
        if (tar_take(piece, wanted) != 0) break;
        for (size_t at = 0; at < wanted;) {
            ssize_t written = write(fd, piece + at, wanted - at);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) {
                complain(entry->name);
                close(fd);
                return -1;
            }
            at += (size_t)written;
        }
        left -= wanted;
    }
    close(fd);
    return left > 0 ? -1 : tar_skip_padding(entry->size_bytes);
}

/* The archive names the other file from its own root. */
static int make_link(int root, const struct tar_entry *entry, int parent, const char *last) {
    static char target[TAR_MAX_PATH_BYTES];
    const char *other;

    snprintf(target, sizeof target, "%s", entry->link);
    int directory = open_parent(root, target, &other);
    if (directory < 0) return -1;
    int result = linkat(directory, other, parent, last, 0);
    if (result != 0) complain(entry->name);
    close(directory);
    return result;
}

/* Changing the owner takes away set-user-ID and capabilities, so it comes first. */
static int set_attributes(int parent, const char *last, const struct tar_entry *entry) {
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, entry->mtime};
    char file[64 + 256];

    if (fchownat(parent, last, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) != 0)
        return complain(entry->name);
    if (entry->type != '2' && fchmodat(parent, last, entry->mode, 0) != 0) return complain(entry->name);
    snprintf(file, sizeof file, "/proc/self/fd/%d/%s", parent, last);
    for (size_t at = 0; at < entry->records_bytes;) {
        char *end;
        char *start = entry->records + at;
        size_t length = strtoul(start, &end, 10);
        char *equals = memchr(end, '=', (size_t)(start + length - end));
        at += length;
        if (strncmp(end + 1, TAR_XATTR_PREFIX, sizeof TAR_XATTR_PREFIX - 1) != 0) continue;
        *equals = 0;
        if (lsetxattr(file, end + sizeof TAR_XATTR_PREFIX, equals + 1,
                      (size_t)(start + length - 1 - (equals + 1)), 0) != 0)
            return complain(entry->name);
    }
    utimensat(parent, last, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}
