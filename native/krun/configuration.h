/*
 * What the launcher is told over descriptor 4: docs/formats/krun-configuration.md, whose sections are
 * cited. src/lib/vm/krun/launcher-configuration.ts writes it; a test compares the constants.
 */
#ifndef MONO_KRUN_CONFIGURATION_H
#define MONO_KRUN_CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Header" */
#define CONFIGURATION_MAGIC "MKRN"
#define CONFIGURATION_VERSION 2
#define CONFIGURATION_HEADER_BYTES 6
/* "Limits": more than all records at their largest number need. */
#define CONFIGURATION_MAX_BYTES 1048576
#define RECORD_HEADER_BYTES 4
#define MAX_DISKS 10
#define MAX_VOLUMES 8
#define MAX_PORTS 64
#define MAX_FILES 1024
#define MAX_PARTS 1024
/* So that no sum of them overflows: 1 PiB. */
#define MAX_PART_END_BYTES 1125899906842624
/* Longest path that Linux takes, without its NUL byte. */
#define MAX_PATH_BYTES 4095
/* libkrun's own limit, less what it adds for its devices. */
#define MAX_COMMAND_LINE_BYTES 1023
/* Longest tag of a virtio-fs device. */
#define MAX_TAG_BYTES 36

/* "Records" */
enum record_type {
    RECORD_LIBRARY = 1,
    RECORD_KERNEL = 2,
    RECORD_INITRAMFS = 3,
    RECORD_COMMAND_LINE = 4,
    RECORD_MACHINE = 5,
    RECORD_DISK = 6,
    RECORD_VOLUME = 7,
    RECORD_SOCKETS = 8,
    RECORD_PORT = 9,
    RECORD_FILE = 10,
    RECORD_PART = 11
};

/* "Records": flag bits. */
#define RECORD_READ_ONLY 0x01
#define RECORD_RESTRICTED 0x02

/* "DISK": a file, or parts of files. */
enum disk_format { DISK_RAW = 0, DISK_PARTS = 1 };

struct disk {
    /* none for parts */
    const char *path;
    enum disk_format format;
    bool is_read_only;
};

/* Consecutive bytes of a file that are consecutive bytes of the image. */
struct part {
    uint32_t file;
    uint64_t offset_bytes;
    uint64_t length_bytes;
};

struct volume {
    const char *tag;
    const char *path;
    bool is_read_only;
};

/* A TCP port of the host that leads to one of the guest. */
struct port {
    uint16_t guest_port;
    uint16_t host_port;
    uint8_t host_address[4];
};

/* All strings lie in the bytes that were parsed. */
struct configuration {
    const char *library;
    const char *kernel;
    const char *initramfs;
    const char *command_line;
    uint8_t cpus;
    uint32_t memory_mib;
    struct disk disks[MAX_DISKS];
    size_t disk_count;
    /* what the parts are parts of */
    const char *files[MAX_FILES];
    size_t file_count;
    /* the image, where it is made of parts, from its start to its end */
    struct part parts[MAX_PARTS];
    size_t part_count;
    struct volume volumes[MAX_VOLUMES];
    size_t volume_count;
    /* whether the guest's sockets are the host's; its name server, in network byte order */
    bool has_sockets;
    bool is_restricted; /* the guest may only be reached, not reach out */
    uint8_t name_server[4];
    struct port ports[MAX_PORTS];
    size_t port_count;
};

/*
 * Reads a configuration.
 *
 * Arguments:
 *  bytes: borrowed for as long as the configuration is used.
 *
 * Returns:
 *  NULL, or what is wrong.
 */
const char *configuration_parse(struct configuration *configuration, const uint8_t *bytes,
                                size_t length_bytes);

#endif
