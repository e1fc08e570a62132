/*
 * Drives the launcher's disk of parts under sanitizers: reads of any place and length, whole or in
 * pieces, are compared with the parts of the files, and files that became shorter.
 *
 * usage: krun-parts-disk SEED ROUNDS DIRECTORY
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../../native/krun/linux/parts-disk.h"

#define FILE_BYTES 65536
#define PARTS 97
#define PIECES 5

static char contents[2][FILE_BYTES];
static char paths[2][4096];
static struct configuration configuration;
static char disk[PARTS * FILE_BYTES];
static size_t disk_bytes;

static size_t below(size_t limit) {
    return (size_t)random() % limit;
}

static void write_files(const char *directory) {
    for (int i = 0; i < 2; i++) {
        for (size_t at = 0; at < FILE_BYTES; at++) contents[i][at] = (char)random();
        snprintf(paths[i], sizeof paths[i], "%s/%d", directory, i);
        int fd = open(paths[i], O_CREAT | O_WRONLY, 0600);
        assert(fd >= 0 && write(fd, contents[i], FILE_BYTES) == FILE_BYTES && close(fd) == 0);
        configuration.files[i] = paths[i];
    }
    configuration.file_count = 2;
}

static void choose_parts(void) {
    for (size_t i = 0; i < PARTS; i++) {
        struct part *part = &configuration.parts[i];
        part->file = (uint32_t)below(2);
        part->offset_bytes = below(FILE_BYTES - 1);
        part->length_bytes = 1 + below(i % 2 == 0 ? 4 : FILE_BYTES - part->offset_bytes);
        if (part->length_bytes > FILE_BYTES - part->offset_bytes)
            part->length_bytes = FILE_BYTES - part->offset_bytes;
        memcpy(disk + disk_bytes, contents[part->file] + part->offset_bytes, part->length_bytes);
        disk_bytes += part->length_bytes;
    }
    configuration.part_count = PARTS;
}

/* Reads into buffers of exactly the sizes, so that a byte too many is seen. */
static void check_read(int fd, size_t at) {
    struct iovec pieces[PIECES];
    size_t wanted = 0, left = disk_bytes - at;

    for (int i = 0; i < PIECES; i++) {
        pieces[i].iov_len = below(i == 0 ? 200000 : 9000);
        pieces[i].iov_base = malloc(pieces[i].iov_len + 1);
        wanted += pieces[i].iov_len;
    }
    ssize_t got = preadv(fd, pieces, PIECES, (off_t)at);
    assert(got == (ssize_t)(wanted < left ? wanted : left));
    assert(pread(fd, pieces[0].iov_base, pieces[0].iov_len, (off_t)at) ==
           (ssize_t)(pieces[0].iov_len < left ? pieces[0].iov_len : left));
    for (int i = 0; i < PIECES; i++) {
        size_t length = pieces[i].iov_len < disk_bytes - at ? pieces[i].iov_len : disk_bytes - at;
        assert(memcmp(pieces[i].iov_base, disk + at, length) == 0);
        at += length;
        free(pieces[i].iov_base);
    }
}

static void check_other_file(void) {
    char bytes[16];
    int fd = open(paths[1], O_RDONLY);

    assert(pread(fd, bytes, sizeof bytes, 7) == sizeof bytes);
    assert(memcmp(bytes, contents[1] + 7, sizeof bytes) == 0);
    close(fd);
}

static void check_start_of_parts(int fd) {
    size_t at = 0;

    for (size_t i = 0; i < PARTS; i++) {
        check_read(fd, at);
        at += configuration.parts[i].length_bytes;
    }
    assert(at == disk_bytes && lseek(fd, 0, SEEK_END) == (off_t)disk_bytes);
}

static void check_short_file(int fd) {
    char *bytes = malloc(disk_bytes);

    assert(truncate(paths[0], 0) == 0);
    assert(pread(fd, bytes, disk_bytes, 0) == -1);
    assert(parts_disk_open(&configuration) == -1);
    free(bytes);
}

int main(int count, char **arguments) {
    char name[64];

    assert(count == 4);
    srandom((unsigned)strtoul(arguments[1], NULL, 10));
    write_files(arguments[3]);
    choose_parts();
    int fd = parts_disk_open(&configuration);
    assert(fd >= 0);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int again = open(name, O_RDONLY);
    assert(again >= 0);
    check_start_of_parts(again);
    for (long round = strtol(arguments[2], NULL, 10); round > 0; round--)
        check_read(again, below(disk_bytes));
    check_other_file();
    check_short_file(again);
    printf("ok\n");
    return 0;
}
