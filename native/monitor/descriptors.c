#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS_WAITING 64

int descriptor_prepare(int fd) {
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return -1;
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int descriptor_pipe(int *reader, int *writer) {
    int both[2];

    if (pipe(both) != 0) return -1;
    *reader = both[0];
    *writer = both[1];
    return descriptor_prepare(*reader) != 0 || fcntl(*writer, F_SETFD, FD_CLOEXEC) != 0 ? -1 : 0;
}

int descriptor_socket_pair(int *ours, int *theirs) {
    int both[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, both) != 0) return -1;
    *ours = both[0];
    *theirs = both[1];
    return descriptor_prepare(*ours) != 0 || fcntl(*theirs, F_SETFD, FD_CLOEXEC) != 0 ? -1 : 0;
}

int descriptor_listen(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) return -1;
    unlink(path);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(fd, CONNECTIONS_WAITING) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}
