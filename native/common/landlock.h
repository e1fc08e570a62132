/*
 * Landlock as the kernel has it (include/uapi/linux/landlock.h), up to version 6 of its interface: newer
 * than the headers of many systems.
 */
#ifndef MONO_COMMON_LANDLOCK_H
#define MONO_COMMON_LANDLOCK_H

#include <stdint.h>

#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_ADD_RULE 445
#define LANDLOCK_RESTRICT_SELF 446
/* Flag of LANDLOCK_CREATE_RULESET: only say which version there is. */
#define LANDLOCK_SAY_VERSION 1U

#define LANDLOCK_FILES_SINCE 1
#define LANDLOCK_REFER_SINCE 2
#define LANDLOCK_TRUNCATE_SINCE 3
#define LANDLOCK_PORTS_SINCE 4
#define LANDLOCK_SCOPES_SINCE 6

#define FILES_EXECUTE (1ULL << 0)
#define FILES_WRITE_FILE (1ULL << 1)
#define FILES_READ_FILE (1ULL << 2)
#define FILES_READ_DIRECTORY (1ULL << 3)
/* Removing and making entries of every kind. */
#define FILES_CHANGE_DIRECTORY (0x1ffULL << 4)
#define FILES_REFER (1ULL << 13)
#define FILES_TRUNCATE (1ULL << 14)
#define PORTS_BIND_TCP (1ULL << 0)
#define PORTS_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_SOCKETS (1ULL << 0)
#define SCOPE_SIGNALS (1ULL << 1)

#define RULE_FILES 1
#define RULE_PORTS 2

struct landlock_ruleset {
    uint64_t files;
    uint64_t ports;
    uint64_t scopes;
};

struct landlock_files_rule {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

struct landlock_port_rule {
    uint64_t allowed;
    uint64_t port;
};

#endif
