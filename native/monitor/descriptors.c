#include "descriptors.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

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
