#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "complain.h"
#include "tar-input.h"
#include "tar-place.h"
#include "tar.h"

static uint8_t records[TAR_MAX_RECORDS_BYTES];
static size_t records_bytes;

static int read_header(struct tar_header *header);
static int read_records(unsigned long long size_bytes);
static int parse_records(struct tar_entry *entry);
static void take_record(struct tar_entry *entry, const char *key, const char *value, size_t value_bytes);
static void fill_entry(struct tar_entry *entry, const struct tar_header *header);
static unsigned long long octal(const char *field, size_t width);

int tar_read_tree(int directory, const char *rename_to) {
    static struct tar_entry entry;
    struct tar_header header;
    int result;

    for (;;) {
        memset(&entry, 0, sizeof entry);
        records_bytes = 0;
        for (;;) {
            if ((result = read_header(&header)) < 0) return result;
            if (result == 0) return tar_place_times(directory);
            unsigned long long size = octal(header.size, sizeof header.size);
            if (header.type == 'x' && read_records(size) != 0) return -1;
            if (header.type == 'g' && tar_skip(size) != 0) return -1;
            if (header.type != 'x' && header.type != 'g') break;
        }
        if (parse_records(&entry) != 0) return -1;
        fill_entry(&entry, &header);
        if (tar_place(directory, &entry, rename_to) != 0) return -1;
    }
}

/* Returns 1, 0 at the end of the archive, -1 after a message. */
static int read_header(struct tar_header *header) {
    static const struct tar_header nothing;

    if (tar_take(header, sizeof *header) != 0) return -1;
    if (memcmp(header, &nothing, sizeof nothing) == 0) return 0;
    if (octal(header->checksum, sizeof header->checksum) == tar_checksum(header)) return 1;
    errno = EINVAL;
    return complain("a header of the archive");
}

static int read_records(unsigned long long size_bytes) {
    if (size_bytes >= sizeof records) {
        errno = E2BIG;
        return complain("the records of the archive");
    }
    records_bytes = (size_t)size_bytes;
    if (tar_take(records, records_bytes) != 0) return -1;
    return tar_skip_padding(size_bytes);
}

/* Each is "LENGTH KEY=VALUE\n"; the entry keeps them for its extended attributes. */
static int parse_records(struct tar_entry *entry) {
    entry->records = (char *)records;
    entry->records_bytes = records_bytes;
    for (size_t at = 0; at < records_bytes;) {
        char *end;
        const char *start = (const char *)records + at;
        records[records_bytes] = 0;
        unsigned long length = strtoul(start, &end, 10);
        const char *equals = NULL;
        if (*end == ' ' && length > 0 && length <= records_bytes - at && start[length - 1] == '\n')
            equals = memchr(end, '=', (size_t)(start + length - end));
        if (equals == NULL) {
            errno = EINVAL;
            return complain("a record of the archive");
        }
        records[at + length - 1] = 0;
        records[(size_t)(equals - (const char *)records)] = 0;
        take_record(entry, end + 1, equals + 1, (size_t)(start + length - 1 - (equals + 1)));
        records[at + length - 1] = '\n';
        records[(size_t)(equals - (const char *)records)] = '=';
        at += length;
    }
    return 0;
}

static void take_record(struct tar_entry *entry, const char *key, const char *value, size_t value_bytes) {
    char *end;

    if (strcmp(key, "path") == 0 && value_bytes < sizeof entry->name) {
        memcpy(entry->name, value, value_bytes + 1);
        entry->has_name = true;
    } else if (strcmp(key, "linkpath") == 0 && value_bytes < sizeof entry->link) {
        memcpy(entry->link, value, value_bytes + 1);
        entry->has_link = true;
    } else if (strcmp(key, "size") == 0) {
        entry->size_bytes = strtoull(value, NULL, 10);
        entry->has_size = true;
    } else if (strcmp(key, "uid") == 0) {
        entry->uid = (uid_t)strtoul(value, NULL, 10);
        entry->has_uid = true;
    } else if (strcmp(key, "gid") == 0) {
        entry->gid = (gid_t)strtoul(value, NULL, 10);
        entry->has_gid = true;
    } else if (strcmp(key, "mtime") == 0) {
        entry->mtime.tv_sec = strtoll(value, &end, 10);
        long scale = 100000000;
        for (end += *end == '.'; *end >= '0' && *end <= '9'; end++, scale /= 10)
            entry->mtime.tv_nsec += (*end - '0') * scale;
        entry->has_mtime = true;
    }
}

static void fill_entry(struct tar_entry *entry, const struct tar_header *header) {
    if (!entry->has_name)
        snprintf(entry->name, sizeof entry->name, "%.155s%s%.100s", header->prefix,
                 header->prefix[0] != 0 ? "/" : "", header->name);
    if (!entry->has_link)
        snprintf(entry->link, sizeof entry->link, "%.100s", header->link_name);
    if (!entry->has_size) entry->size_bytes = octal(header->size, sizeof header->size);
    if (!entry->has_uid) entry->uid = (uid_t)octal(header->uid, sizeof header->uid);
    if (!entry->has_gid) entry->gid = (gid_t)octal(header->gid, sizeof header->gid);
    if (!entry->has_mtime) entry->mtime.tv_sec = (time_t)octal(header->mtime, sizeof header->mtime);
    entry->type = header->type == 0 ? '0' : header->type;
    entry->mode = (mode_t)octal(header->mode, sizeof header->mode) & 07777;
    entry->device = makedev((unsigned)octal(header->major, sizeof header->major),
                            (unsigned)octal(header->minor, sizeof header->minor));
    if (entry->type != '0') entry->size_bytes = 0;
}

static unsigned long long octal(const char *field, size_t width) {
    unsigned long long value = 0;

    for (size_t i = 0; i < width && field[i] != 0; i++)
        if (field[i] >= '0' && field[i] <= '7') value = value << 3 | (unsigned)(field[i] - '0');
    return value;
}
