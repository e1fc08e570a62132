#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "little-endian.h"
#include "monitor-protocol.h"

#define NEW_EXIT_NAME MONITOR_EXIT_NAME ".new"

static int write_all(int fd, const uint8_t *bytes, size_t length_bytes);

void console_add(struct console *console, const uint8_t *bytes, size_t length_bytes) {
    if (length_bytes > CONSOLE_BYTES) {
        bytes += length_bytes - CONSOLE_BYTES;
        length_bytes = CONSOLE_BYTES;
    }
    size_t kept = CONSOLE_BYTES - length_bytes;
    if (console->used > kept) {
        memmove(console->bytes, console->bytes + (console->used - kept), kept);
        console->used = kept;
    }
    memcpy(console->bytes + console->used, bytes, length_bytes);
    console->used += length_bytes;
}

void log_open(struct log *log, uint32_t limit_bytes) {
    log->fd = -1;
    log->limit_bytes = limit_bytes / 2;
    log->used_bytes = 0;
    if (limit_bytes == 0) return;
    log->fd = open(MONITOR_LOG_NAME, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log->fd < 0) return;
    off_t end = lseek(log->fd, 0, SEEK_END);
    log->used_bytes = end > 0 ? (uint64_t)end : 0;
}

void log_write(struct log *log, uint8_t stream, const uint8_t *bytes, size_t length_bytes) {
    uint8_t header[LOG_HEADER_BYTES] = {0};

    if (log->fd < 0 || length_bytes == 0) return;
    if (log->used_bytes + sizeof header + length_bytes > log->limit_bytes && log->used_bytes > 0) {
        close(log->fd);
        rename(MONITOR_LOG_NAME, MONITOR_OLD_LOG_NAME);
        log->fd = open(MONITOR_LOG_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        log->used_bytes = 0;
        if (log->fd < 0) return;
    }
    uint64_t now = record_now_ms();
    put_u32(header, (uint32_t)now);
    put_u32(header + 4, (uint32_t)(now >> 32));
    header[8] = stream;
    put_u32(header + 12, (uint32_t)length_bytes);
    struct iovec parts[] = {{header, sizeof header}, {(void *)(uintptr_t)bytes, length_bytes}};
    ssize_t written = writev(log->fd, parts, 2);
    if (written == (ssize_t)(sizeof header + length_bytes)) {
        log->used_bytes += (uint64_t)written;
        return;
    }
    /* A full disk: a part of a record would make the rest unreadable. */
    if (written > 0) (void)!ftruncate(log->fd, (off_t)log->used_bytes);
}

uint64_t record_now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

int record_exit(const uint8_t *payload, size_t length_bytes) {
    int fd = open(NEW_EXIT_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0) return -1;
    int result = write_all(fd, payload, length_bytes);
    if (result == 0) result = fsync(fd);
    close(fd);
    if (result == 0) result = rename(NEW_EXIT_NAME, MONITOR_EXIT_NAME);
    int directory = open(".", O_RDONLY | O_CLOEXEC);
    if (directory >= 0) {
        fsync(directory);
        close(directory);
    }
    return result;
}

static int write_all(int fd, const uint8_t *bytes, size_t length_bytes) {
    while (length_bytes > 0) {
        ssize_t written = write(fd, bytes, length_bytes);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return -1;
        bytes += written;
        length_bytes -= (size_t)written;
    }
    return 0;
}
