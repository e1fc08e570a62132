#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *file_read(const char *path, size_t limit_bytes, size_t *length_bytes) {
    struct stat status;
    size_t filled = 0;
    char *content = NULL;

    *length_bytes = 0;
    /* O_NONBLOCK: the image may have put a FIFO there. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return NULL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        size_t size = (size_t)status.st_size < limit_bytes ? (size_t)status.st_size : limit_bytes;
        content = malloc(size);
        while (content != NULL && filled < size) {
            ssize_t got = read(fd, content + filled, size - filled);
            if (got <= 0) break;
            filled += (size_t)got;
        }
    }
    close(fd);
    *length_bytes = filled;
    return content;
}

int file_write(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t written = write(fd, text, strlen(text));
    close(fd);
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

int file_create(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return -1;
    ssize_t written = write(fd, text, strlen(text));
    close(fd);
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

int directory_create(const char *path, mode_t mode_bits) {
    char prefix[PATH_MAX];
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof prefix) {
        errno = length == 0 ? ENOENT : ENAMETOOLONG;
        return -1;
    }
    memcpy(prefix, path, length + 1);
    for (char *at = prefix + 1; *at != 0; at++) {
        if (*at != '/') continue;
        *at = 0;
        if (mkdir(prefix, mode_bits) != 0 && errno != EEXIST) return -1;
        *at = '/';
    }
    return mkdir(prefix, mode_bits) == 0 || errno == EEXIST ? 0 : -1;
}
