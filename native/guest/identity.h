/*
 * Who a process runs as: `user`, `uid`, `user:group`, in any mix of names and numbers, looked up in
 * the image's own /etc/passwd and /etc/group. Both files are hostile: read bounded, line by line.
 */
#ifndef MONO_GUEST_IDENTITY_H
#define MONO_GUEST_IDENTITY_H

#include <stddef.h>
#include <sys/types.h>

#include "protocol.h"

/* NGROUPS_MAX of Linux is 65536; more than this many groups of one user are left out. */
#define IDENTITY_MAX_GROUPS 1024
#define IDENTITY_MAX_HOME_BYTES 4096
#define IDENTITY_MAX_NAME_BYTES 256

struct identity {
    uid_t uid;
    gid_t gid;
    char home[IDENTITY_MAX_HOME_BYTES];
    size_t group_count;
    gid_t groups[IDENTITY_MAX_GROUPS];
};

/* The text of a file; NULL stands for a missing one. */
struct text {
    const char *bytes;
    size_t length_bytes;
};

/*
 * Resolves who to run as.
 *
 * Arguments:
 *  user: "" or NULL is root; a number needs no entry and then has group 0 and home "/".
 *  passwd, group: the contents of the two files; borrowed.
 *
 * Returns:
 *  0, FAILURE_USER_UNKNOWN or FAILURE_GROUP_UNKNOWN.
 */
int identity_resolve(const char *user, struct text passwd, struct text group,
                     struct identity *identity);

#endif
