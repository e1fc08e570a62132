/* Descriptors that no other program inherits. */
#ifndef MONO_MONITOR_DESCRIPTORS_H
#define MONO_MONITOR_DESCRIPTORS_H

/* Marks the descriptor close-on-exec and non-blocking. Returns 0 or -1 with errno set. */
int descriptor_prepare(int fd);

/*
 * Opens a pipe whose ends are close-on-exec; only the reader does not block, since the writer is for
 * others. Returns 0 or -1 with errno set.
 */
int descriptor_pipe(int *reader, int *writer);

/*
 * Opens a pair of connected stream sockets, both close-on-exec; only ours does not block. Returns 0 or
 * -1 with errno set.
 */
int descriptor_socket_pair(int *ours, int *theirs);

/*
 * Listens at the path, in place of what had it. The socket is close-on-exec and blocks.
 *
 * Returns:
 *  the socket, or -1 with errno set.
 */
int descriptor_listen(const char *path);

#endif
