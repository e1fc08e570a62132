/*
 * Drives the launcher's parser under sanitizers: the stated configurations, every prefix of a good one,
 * and mutations of it.
 *
 * usage: krun-configuration SEED ROUNDS < good-configuration
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../native/krun/configuration.h"

/* Parses a copy of exactly that size, so that a read beyond it is seen; uses all that it returns. */
static const char *parse(const uint8_t *bytes, size_t length_bytes) {
    static struct configuration configuration;
    uint8_t *copy = malloc(length_bytes == 0 ? 1 : length_bytes);
    size_t sum = 0;

    memcpy(copy, bytes, length_bytes);
    const char *wrong = configuration_parse(&configuration, copy, length_bytes);
    if (wrong == NULL) {
        sum += strlen(configuration.library) + strlen(configuration.kernel);
        sum += strlen(configuration.initramfs) + strlen(configuration.command_line);
        for (size_t i = 0; i < configuration.disk_count; i++)
            if (configuration.disks[i].format == DISK_RAW) sum += strlen(configuration.disks[i].path);
        for (size_t i = 0; i < configuration.part_count; i++)
            sum += strlen(configuration.files[configuration.parts[i].file]);
        for (size_t i = 0; i < configuration.volume_count; i++)
            sum += strlen(configuration.volumes[i].tag) + strlen(configuration.volumes[i].path);
        assert(configuration.port_count <= MAX_PORTS && sum > 0);
    }
    free(copy);
    return wrong;
}

static void check_good(const uint8_t *bytes, size_t length_bytes) {
    struct configuration c;

    assert(configuration_parse(&c, bytes, length_bytes) == NULL);
    assert(strcmp(c.library, "/lib/libkrun.so.1") == 0);
    assert(strcmp(c.kernel, "/cache/kernel.elf") == 0);
    assert(strcmp(c.initramfs, "/cache/guest.cpio") == 0);
    assert(strcmp(c.command_line, "console=hvc0 quiet") == 0);
    assert(c.cpus == 2 && c.memory_mib == 70000);
    assert(c.disk_count == 2 && c.disks[0].is_read_only && !c.disks[1].is_read_only);
    assert(c.disks[0].format == DISK_PARTS && c.disks[1].format == DISK_RAW);
    assert(strcmp(c.disks[1].path, "/state/writes,=.raw") == 0);
    assert(c.file_count == 2 && strcmp(c.files[1], "/packs/2.pack") == 0);
    assert(c.part_count == 3 && c.parts[0].file == 0 && c.parts[1].file == 1 && c.parts[2].file == 0);
    assert(c.parts[0].offset_bytes == 4096 && c.parts[1].length_bytes == 1ULL << 40);
    assert(c.volume_count == 2 && !c.volumes[0].is_read_only && c.volumes[1].is_read_only);
    assert(strcmp(c.volumes[1].tag, "volume1") == 0 && strcmp(c.volumes[1].path, "/srv/h\xc3\xa4") == 0);
    assert(c.has_sockets && c.is_restricted && memcmp(c.name_server, "\x0a\x00\x00\x35", 4) == 0);
    assert(c.port_count == 1 && c.ports[0].guest_port == 80 && c.ports[0].host_port == 8080);
    assert(memcmp(c.ports[0].host_address, "\x7f\x00\x00\x01", 4) == 0);
}

/* What a record more does to a good configuration. */
static const struct {
    const char *bytes;
    size_t length_bytes;
} bad_records[] = {
#define BAD(text) {text, sizeof text - 1}
/* A part but for its last byte. */
#define PART(file, length) file "\x00\x00\x00" ZEROS length ZEROS_BUT_ONE
#define ZEROS "\x00\x00\x00\x00\x00\x00\x00\x00"
#define ZEROS_BUT_ONE "\x00\x00\x00\x00\x00\x00"
    BAD("\x00\x00\x00\x00"),                 /* no such type */
    BAD("\x0c\x00\x00\x00"),                 /* no such type */
    BAD("\x0a\x00\x00\x00"),                 /* without a path */
    BAD("\x06\x02\x04\x00\x00/d\x00"),       /* no such flag */
    BAD("\x09\x01\x08\x00\x50\x00\x50\x00\x7f\x00\x00\x01"),
    BAD("\x01\x00\x03\x00/l\x00"),           /* twice */
    BAD("\x05\x00\x05\x00\x01\x00\x01\x00\x00"),
    BAD("\x08\x00\x04\x00\x0a\x00\x00\x35"),
    BAD("\x06\x00\x00\x00"),                 /* too short */
    BAD("\x06\x00\x01\x00\x00"),
    BAD("\x06\x00\x04\x00\x02/d\x00"),       /* no such format */
    BAD("\x06\x01\x01\x00\x01"),             /* parts beside the image */
    BAD("\x0b\x00\x13\x00" PART("\x00", "\x01")), /* too short */
    BAD("\x0b\x00\x14\x00" PART("\x02", "\x01") "\x00"), /* of no file */
    BAD("\x0b\x00\x14\x00" PART("\x00", "\x00") "\x00"), /* empty */
    BAD("\x0b\x00\x14\x00" PART("\x00", "\x01") "\x01"), /* ends too late */
    BAD("\x06\x00\x04\x00\x00" "d/\x00"),    /* not absolute */
    BAD("\x06\x00\x03\x00\x00/d"),           /* without end */
    BAD("\x06\x00\x05\x00\x00/d\x00x"),      /* ends early */
    BAD("\x07\x00\x04\x00\x00/v\x00"),       /* without a tag */
    BAD("\x07\x00\x03\x00tag"),              /* without a path */
    BAD("\x07\x00\x04\x00tag\x00"),
    BAD("\x09\x00\x07\x00\x50\x00\x50\x00\x7f\x00\x00"),
    BAD("\x09\x00\x08\x00\x00\x00\x50\x00\x7f\x00\x00\x01"),
    BAD("\x09\x00\x08\x00\x50\x00\x00\x00\x7f\x00\x00\x01"),
    BAD("\x09\x00\x09\x00\x50"),             /* beyond the end */
    BAD("\x09\x00\x08"),
};

static void check_bad_records(const uint8_t *good, size_t length_bytes) {
    static uint8_t bytes[CONFIGURATION_MAX_BYTES];

    for (size_t i = 0; i < sizeof bad_records / sizeof *bad_records; i++) {
        memcpy(bytes, good, length_bytes);
        memcpy(bytes + length_bytes, bad_records[i].bytes, bad_records[i].length_bytes);
        if (parse(bytes, length_bytes + bad_records[i].length_bytes) != NULL) continue;
        printf("bad record %zu was taken\n", i);
        exit(1);
    }
}

/* Adds a record until one too many is refused; returns how many were taken. */
static int count_taken(const uint8_t *good, size_t length_bytes, const char *record, size_t record_bytes) {
    static uint8_t bytes[CONFIGURATION_MAX_BYTES];
    int taken = 0;

    memcpy(bytes, good, length_bytes);
    for (;;) {
        memcpy(bytes + length_bytes, record, record_bytes);
        length_bytes += record_bytes;
        if (parse(bytes, length_bytes) != NULL) return taken;
        taken++;
    }
}

static void check_limits(const uint8_t *good, size_t length_bytes) {
    static uint8_t bytes[CONFIGURATION_MAX_BYTES + 1];

    assert(count_taken(good, length_bytes, "\x06\x00\x04\x00\x00/d\x00", 8) == MAX_DISKS - 2);
    assert(count_taken(good, length_bytes, "\x07\x00\x05\x00t\x00/v\x00", 9) == MAX_VOLUMES - 2);
    assert(count_taken(good, length_bytes, "\x09\x00\x08\x00\x50\x00\x51\x00\x7f\x00\x00\x01", 12) ==
           MAX_PORTS - 1);
    assert(count_taken(good, length_bytes, "\x0a\x00\x03\x00/f\x00", 7) == MAX_FILES - 2);
    assert(count_taken(good, length_bytes, "\x0b\x00\x14\x00" PART("\x00", "\x01") "\x00", 24) ==
           MAX_PARTS - 3);
    memcpy(bytes, good, length_bytes);
    assert(strcmp(parse(bytes, sizeof bytes), "it is too long") == 0);
}

int main(int count, char **arguments) {
    static uint8_t good[CONFIGURATION_MAX_BYTES], bytes[CONFIGURATION_MAX_BYTES];

    assert(count == 3);
    srandom((unsigned)strtoul(arguments[1], NULL, 10));
    size_t length_bytes = fread(good, 1, sizeof good / 2, stdin);
    check_good(good, length_bytes);
    check_bad_records(good, length_bytes);
    check_limits(good, length_bytes);
    for (size_t i = 0; i < length_bytes; i++) parse(good, i);
    for (long round = strtol(arguments[2], NULL, 10); round > 0; round--) {
        memcpy(bytes, good, length_bytes);
        for (long changes = 1 + random() % 4; changes > 0; changes--)
            bytes[(size_t)random() % length_bytes] = (uint8_t)random();
        parse(bytes, (size_t)random() % (length_bytes + 1));
    }
    printf("ok\n");
    return 0;
}
