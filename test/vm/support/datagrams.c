/*
 * What busybox has no applet for:
 *
 *   datagrams send ADDRESS PORT TEXT   sends one
 *   datagrams answer PORT TEXT         answers the first that comes, and writes it
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LARGEST_BYTES 1500

int main(int count, char **arguments) {
    int answers = count == 4 && strcmp(arguments[1], "answer") == 0;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length_bytes = sizeof address;
    struct sockaddr *peer = (struct sockaddr *)&address;
    char bytes[LARGEST_BYTES];

    if (!answers && count != 5) return 2;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const char *text = arguments[count - 1];
    address.sin_port = htons((uint16_t)atoi(arguments[count - 2]));
    if (!answers && inet_pton(AF_INET, arguments[2], &address.sin_addr) != 1) return 2;
    if (answers) {
        if (bind(fd, peer, sizeof address) != 0) return 1;
        ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, peer, &length_bytes);
        if (got < 0) return 1;
        fwrite(bytes, 1, (size_t)got, stdout);
    }
    return sendto(fd, text, strlen(text), 0, peer, length_bytes) < 0;
}
