#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptors.h"

struct client *client_open(int fd) {
    struct client *client = descriptor_prepare(fd) == 0 ? calloc(1, sizeof *client) : NULL;

    if (client == NULL) {
        close(fd);
        return NULL;
    }
    client->fd = fd;
    client->queue.limit_bytes = CLIENT_QUEUE_LIMIT_BYTES;
    return client;
}

void client_send(struct client *client, uint8_t type, uint16_t session, const void *payload,
                 uint32_t length_bytes) {
    if (client->ended) return;
    if (queue_frame(&client->queue, type, session, payload, length_bytes) != 0) client->ended = true;
}

void client_read(struct client *client) {
    size_t room;

    uint8_t *space = frame_reader_space(&client->reader, &room);
    if (room == 0) return;
    ssize_t got = read(client->fd, space, room);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (got > 0) frame_reader_filled(&client->reader, (size_t)got);
    else client->ended = true;
}

int client_next(struct client *client) {
    int result = frame_reader_next(&client->reader, &client->frame);

    if (result < 0) client->ended = true;
    return result > 0 ? 1 : 0;
}

void client_finish(struct client *client, int64_t now_ms) {
    if (client->told_ms == 0) {
        shutdown(client->fd, SHUT_WR);
        client->told_ms = now_ms;
    }
    if (now_ms - client->told_ms >= CLIENT_LINGER_MS) client->ended = true;
}

void client_close(struct client *client) {
    queue_clear(&client->queue);
    close(client->fd);
    free(client);
}
