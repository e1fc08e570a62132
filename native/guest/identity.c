#include "identity.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAX_FIELDS 7

/* A field of a line; not NUL-terminated. */
struct field {
    const char *at;
    size_t length;
};

struct user_entry {
    struct field name;
    struct field home;
    uint32_t uid;
    uint32_t gid;
};

static size_t next_line(struct text *rest, struct field fields[MAX_FIELDS]);
static bool parse_id(struct field field, uint32_t *id);
static bool equals(struct field field, struct field other);
static bool find_user(struct text passwd, struct field wanted, struct user_entry *entry);
static bool find_group(struct text group, struct field wanted, uint32_t *gid);
static void add_groups_of(struct text group, struct field name, struct identity *identity);
static bool is_member(struct field members, struct field name);
static void set_home(struct identity *identity, struct field home);

int identity_resolve(const char *user, struct text passwd, struct text group,
                     struct identity *identity) {
    const char *whole = user == NULL || *user == 0 ? "0" : user;
    const char *colon = strchr(whole, ':');
    struct field user_part = {whole, colon ? (size_t)(colon - whole) : strlen(whole)};
    struct user_entry entry = {{0}, {0}, 0, 0};
    uint32_t id = 0;

    memset(identity, 0, sizeof *identity);
    if (user_part.length == 0) user_part = (struct field){"0", 1};
    if (find_user(passwd, user_part, &entry)) {
        identity->uid = entry.uid;
        identity->gid = entry.gid;
    } else if (parse_id(user_part, &id)) {
        identity->uid = id;
    } else {
        return FAILURE_USER_UNKNOWN;
    }
    set_home(identity, entry.home);
    if (colon != NULL && colon[1] != 0) {
        struct field group_part = {colon + 1, strlen(colon + 1)};
        if (!find_group(group, group_part, &id)) return FAILURE_GROUP_UNKNOWN;
        identity->gid = id;
    } else if (entry.name.length > 0) {
        add_groups_of(group, entry.name, identity);
    }
    return 0;
}

/* Splits the next line at its colons; returns how many fields it has, 0 at the end of the text. */
static size_t next_line(struct text *rest, struct field fields[MAX_FIELDS]) {
    if (rest->length_bytes == 0) return 0;
    const char *end = memchr(rest->bytes, '\n', rest->length_bytes);
    size_t length = end ? (size_t)(end - rest->bytes) : rest->length_bytes;
    const char *at = rest->bytes;
    size_t left = length;
    size_t count = 0;

    for (;;) {
        const char *colon = count + 1 < MAX_FIELDS ? memchr(at, ':', left) : NULL;
        size_t width = colon ? (size_t)(colon - at) : left;
        fields[count++] = (struct field){at, width};
        if (colon == NULL) break;
        at += width + 1;
        left -= width + 1;
    }
    size_t consumed = length + (end ? 1 : 0);
    rest->bytes += consumed;
    rest->length_bytes -= consumed;
    return count;
}

/* Reads a decimal number up to 2^32 - 2; the largest value means "unchanged" to setuid. */
static bool parse_id(struct field field, uint32_t *id) {
    uint64_t value = 0;

    if (field.length == 0 || field.length > 10) return false;
    for (size_t i = 0; i < field.length; i++) {
        if (field.at[i] < '0' || field.at[i] > '9') return false;
        value = value * 10 + (uint64_t)(field.at[i] - '0');
    }
    if (value >= UINT32_MAX) return false;
    *id = (uint32_t)value;
    return true;
}

static bool equals(struct field field, struct field other) {
    return field.length == other.length && memcmp(field.at, other.at, field.length) == 0;
}

/* A name wins over a number, as in docker; the first matching line wins. */
static bool find_user(struct text passwd, struct field wanted, struct user_entry *entry) {
    struct field fields[MAX_FIELDS];
    uint32_t number = 0;
    bool numeric = parse_id(wanted, &number);
    bool found = false;
    size_t count;

    while ((count = next_line(&passwd, fields)) > 0) {
        struct user_entry candidate = {.name = fields[0]};
        if (count < 4 || fields[0].length == 0 || fields[0].length > IDENTITY_MAX_NAME_BYTES) continue;
        if (!parse_id(fields[2], &candidate.uid) || !parse_id(fields[3], &candidate.gid)) continue;
        if (count > 5) candidate.home = fields[5];
        bool by_name = equals(fields[0], wanted);
        if (!by_name && (found || !numeric || candidate.uid != number)) continue;
        *entry = candidate;
        found = true;
        if (by_name) break;
    }
    return found;
}

static bool find_group(struct text group, struct field wanted, uint32_t *gid) {
    struct field fields[MAX_FIELDS];
    size_t count;

    while ((count = next_line(&group, fields)) > 0) {
        if (count >= 3 && equals(fields[0], wanted) && parse_id(fields[2], gid)) return true;
    }
    return parse_id(wanted, gid);
}

static void add_groups_of(struct text group, struct field name, struct identity *identity) {
    struct field fields[MAX_FIELDS];
    uint32_t gid;
    size_t count;

    while ((count = next_line(&group, fields)) > 0) {
        if (count < 4 || !parse_id(fields[2], &gid) || !is_member(fields[3], name)) continue;
        if (identity->group_count == IDENTITY_MAX_GROUPS) return;
        identity->groups[identity->group_count++] = gid;
    }
}

/* Returns whether the comma-separated list of members holds the name. */
static bool is_member(struct field members, struct field name) {
    const char *at = members.at;
    size_t left = members.length;

    for (;;) {
        const char *comma = memchr(at, ',', left);
        size_t width = comma ? (size_t)(comma - at) : left;
        if (equals((struct field){at, width}, name)) return true;
        if (comma == NULL) return false;
        at += width + 1;
        left -= width + 1;
    }
}

static void set_home(struct identity *identity, struct field home) {
    bool usable = home.length > 0 && home.length < sizeof identity->home &&
                  memchr(home.at, 0, home.length) == NULL;
    if (!usable) home = (struct field){"/", 1};
    memcpy(identity->home, home.at, home.length);
    identity->home[home.length] = 0;
}
