/* Makes the entries of an archive below a directory. */
#ifndef MONO_GUEST_TAR_PLACE_H
#define MONO_GUEST_TAR_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "tar.h"

/* One entry, from its header and its pax records. */
struct tar_entry {
    char name[TAR_MAX_PATH_BYTES];
    char link[TAR_MAX_PATH_BYTES];
    char type;
    mode_t mode;
    uid_t uid;
    gid_t gid;
    unsigned long long size_bytes;
    struct timespec mtime;
    dev_t device;
    bool has_name, has_link, has_size, has_uid, has_gid, has_mtime;
    char *records; /* borrowed: "LENGTH KEY=VALUE\n"…, checked; extended attributes among them */
    size_t records_bytes;
};

/*
 * Makes the entry below the directory and takes its content from the archive.
 *
 * Arguments:
 *  directory: a descriptor of a directory, borrowed.
 *  rename_to: replaces the first component of the entry's name, unless it is NULL.
 *
 * Returns:
 *  0, or -1 after a message on standard error.
 */
int tar_place(int directory, const struct tar_entry *entry, const char *rename_to);

/* Gives the directories that were made below `directory` their times. Returns as tar_place. */
int tar_place_times(int directory);

#endif
