#include "configuration.h"

#include <string.h>

#include "../common/little-endian.h"

struct record {
    uint8_t type;
    uint8_t flags;
    uint16_t length_bytes;
    const uint8_t *payload;
};

static const char *take_record(struct configuration *configuration, const struct record *record);
static int known_flags(uint8_t type);
static const char *take_text(const struct record *record, size_t limit_bytes, const char **text);
static const char *take_path(const struct record *record, size_t skip_bytes, const char **path);
static const char *take_machine(struct configuration *configuration, const struct record *record);
static const char *take_disk(struct configuration *configuration, const struct record *record);
static const char *take_part(struct configuration *configuration, const struct record *record);
static const char *take_volume(struct configuration *configuration, const struct record *record);
static const char *take_sockets(struct configuration *configuration, const struct record *record);
static const char *take_port(struct configuration *configuration, const struct record *record);
static const char *check(const struct configuration *configuration);

const char *configuration_parse(struct configuration *configuration, const uint8_t *bytes,
                                size_t length_bytes) {
    size_t at = CONFIGURATION_HEADER_BYTES;

    memset(configuration, 0, sizeof *configuration);
    if (length_bytes > CONFIGURATION_MAX_BYTES) return "it is too long";
    if (length_bytes < CONFIGURATION_HEADER_BYTES || memcmp(bytes, CONFIGURATION_MAGIC, 4) != 0)
        return "it does not begin as one";
    if (get_u16(bytes + 4) != CONFIGURATION_VERSION) return "it is of another version";
    while (at < length_bytes) {
        if (length_bytes - at < RECORD_HEADER_BYTES) return "it ends in a record's header";
        struct record record = {bytes[at], bytes[at + 1], get_u16(bytes + at + 2),
                                bytes + at + RECORD_HEADER_BYTES};
        at += RECORD_HEADER_BYTES;
        if (record.length_bytes > length_bytes - at) return "it ends in a record";
        at += record.length_bytes;
        const char *wrong = take_record(configuration, &record);
        if (wrong != NULL) return wrong;
    }
    return check(configuration);
}

static const char *take_record(struct configuration *configuration, const struct record *record) {
    if ((record->flags & ~known_flags(record->type)) != 0) return "a flag is unknown";
    switch (record->type) {
    case RECORD_LIBRARY:
        return take_path(record, 0, &configuration->library);
    case RECORD_KERNEL:
        return take_path(record, 0, &configuration->kernel);
    case RECORD_INITRAMFS:
        return take_path(record, 0, &configuration->initramfs);
    case RECORD_COMMAND_LINE:
        return take_text(record, MAX_COMMAND_LINE_BYTES, &configuration->command_line);
    case RECORD_MACHINE:
        return take_machine(configuration, record);
    case RECORD_DISK:
        return take_disk(configuration, record);
    case RECORD_VOLUME:
        return take_volume(configuration, record);
    case RECORD_SOCKETS:
        return take_sockets(configuration, record);
    case RECORD_PORT:
        return take_port(configuration, record);
    case RECORD_FILE:
        if (configuration->file_count == MAX_FILES) return "there are too many files";
        return take_path(record, 0, &configuration->files[configuration->file_count++]);
    case RECORD_PART:
        return take_part(configuration, record);
    default:
        return "a record's type is unknown";
    }
}

static int known_flags(uint8_t type) {
    if (type == RECORD_DISK || type == RECORD_VOLUME) return RECORD_READ_ONLY;
    return type == RECORD_SOCKETS ? RECORD_RESTRICTED : 0;
}

/* Text ends with the only NUL byte of the payload. */
static const char *take_text(const struct record *record, size_t limit_bytes, const char **text) {
    const uint8_t *end = memchr(record->payload, 0, record->length_bytes);

    if (*text != NULL) return "a record comes twice";
    if (end == NULL || end + 1 != record->payload + record->length_bytes) return "a text has no end";
    if (record->length_bytes > limit_bytes + 1) return "a text is too long";
    *text = (const char *)record->payload;
    return NULL;
}

static const char *take_path(const struct record *record, size_t skip_bytes, const char **path) {
    struct record rest = *record;

    if (record->length_bytes <= skip_bytes) return "a record is too short";
    rest.payload += skip_bytes;
    rest.length_bytes = (uint16_t)(rest.length_bytes - skip_bytes);
    if (rest.payload[0] != '/') return "a path is not absolute";
    return take_text(&rest, MAX_PATH_BYTES, path);
}

static const char *take_machine(struct configuration *configuration, const struct record *record) {
    if (configuration->cpus != 0) return "a record comes twice";
    if (record->length_bytes != 5) return "MACHINE has another length";
    configuration->cpus = record->payload[0];
    configuration->memory_mib = get_u32(record->payload + 1);
    if (configuration->cpus == 0 || configuration->memory_mib == 0) return "MACHINE is empty";
    return NULL;
}

static const char *take_disk(struct configuration *configuration, const struct record *record) {
    if (configuration->disk_count == MAX_DISKS) return "there are too many disks";
    if (record->length_bytes == 0) return "a record is too short";
    bool is_first = configuration->disk_count == 0;
    struct disk *disk = &configuration->disks[configuration->disk_count++];
    disk->is_read_only = (record->flags & RECORD_READ_ONLY) != 0;
    disk->format = record->payload[0] == DISK_PARTS ? DISK_PARTS : DISK_RAW;
    if (record->payload[0] == DISK_RAW) return take_path(record, 1, &disk->path);
    if (record->payload[0] != DISK_PARTS) return "a disk's format is unknown";
    if (!is_first || !disk->is_read_only) return "a disk of parts is not the image";
    return record->length_bytes == 1 ? NULL : "a disk of parts has a path";
}

/* A part needs the FILE before it. */
static const char *take_part(struct configuration *configuration, const struct record *record) {
    if (configuration->part_count == MAX_PARTS) return "there are too many parts";
    if (record->length_bytes != 20) return "PART has another length";
    struct part *part = &configuration->parts[configuration->part_count++];
    part->file = get_u32(record->payload);
    part->offset_bytes = get_u64(record->payload + 4);
    part->length_bytes = get_u64(record->payload + 12);
    if (part->file >= configuration->file_count) return "a part is of no file";
    if (part->length_bytes == 0) return "a part is empty";
    if (part->offset_bytes > MAX_PART_END_BYTES ||
        part->length_bytes > MAX_PART_END_BYTES - part->offset_bytes)
        return "a part ends too late";
    return NULL;
}

static const char *take_volume(struct configuration *configuration, const struct record *record) {
    const uint8_t *end = memchr(record->payload, 0, record->length_bytes);

    if (configuration->volume_count == MAX_VOLUMES) return "there are too many volumes";
    if (end == NULL) return "a text has no end";
    struct volume *volume = &configuration->volumes[configuration->volume_count++];
    size_t tag_bytes = (size_t)(end - record->payload);
    if (tag_bytes == 0 || tag_bytes > MAX_TAG_BYTES) return "a tag is empty or too long";
    volume->tag = (const char *)record->payload;
    volume->is_read_only = (record->flags & RECORD_READ_ONLY) != 0;
    return take_path(record, tag_bytes + 1, &volume->path);
}

static const char *take_sockets(struct configuration *configuration, const struct record *record) {
    if (configuration->has_sockets) return "a record comes twice";
    if (record->length_bytes != sizeof configuration->name_server) return "SOCKETS has another length";
    configuration->has_sockets = true;
    configuration->is_restricted = (record->flags & RECORD_RESTRICTED) != 0;
    memcpy(configuration->name_server, record->payload, sizeof configuration->name_server);
    return NULL;
}

static const char *take_port(struct configuration *configuration, const struct record *record) {
    if (configuration->port_count == MAX_PORTS) return "there are too many ports";
    if (record->length_bytes != 8) return "PORT has another length";
    struct port *port = &configuration->ports[configuration->port_count++];
    port->guest_port = get_u16(record->payload);
    port->host_port = get_u16(record->payload + 2);
    memcpy(port->host_address, record->payload + 4, sizeof port->host_address);
    return port->guest_port == 0 || port->host_port == 0 ? "a port is 0" : NULL;
}

static const char *check(const struct configuration *configuration) {
    if (configuration->library == NULL) return "LIBRARY is missing";
    if (configuration->kernel == NULL) return "KERNEL is missing";
    if (configuration->initramfs == NULL) return "INITRAMFS is missing";
    if (configuration->command_line == NULL) return "COMMAND_LINE is missing";
    if (configuration->cpus == 0) return "MACHINE is missing";
    if (configuration->disk_count == 0) return "DISK is missing";
    if ((configuration->disks[0].format == DISK_PARTS) != (configuration->part_count > 0))
        return "PART and the image do not agree";
    if (configuration->port_count > 0 && !configuration->has_sockets) return "PORT needs SOCKETS";
    return NULL;
}
