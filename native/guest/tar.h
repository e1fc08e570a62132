/*
 * The tar archives that services exchange with the host: POSIX pax interchange format with extended
 * attributes as `SCHILY.xattr.` records (docs/formats/guest-protocol.md, "Services").
 */
#ifndef MONO_GUEST_TAR_H
#define MONO_GUEST_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define TAR_BLOCK_BYTES 512
/* Longest path in an archive: deep trees are walked by descriptor, so PATH_MAX is no limit. */
#define TAR_MAX_PATH_BYTES 65536
/* All pax records of one entry: a path, a link and as many attributes as a filesystem keeps. */
#define TAR_MAX_RECORDS_BYTES (1u << 20)
/* Directories below one another; each is a descriptor while it is walked. */
#define TAR_MAX_DEPTH 4000
/* What the name of an extended attribute stands behind in the key of its record. */
#define TAR_XATTR_PREFIX "SCHILY.xattr."

/* The header of an entry (POSIX.1-2017, pax, "ustar Interchange Format"). */
struct tar_header {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link_name[100];
    char magic[8]; /* "ustar", NUL, "00" */
    char user[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char padding[12];
};

/* Returns the sum of the header's bytes with the checksum as spaces. */
uint32_t tar_checksum(const struct tar_header *header);

/*
 * Writes the tree at `name` in the directory as an archive to standard output, with what the kernel
 * tells overlay filesystems apart by: character devices 0:0, and the attribute `trusted.overlay.opaque`.
 *
 * Arguments:
 *  directory: a descriptor of a directory, borrowed.
 *  name: in the directory; "." is the directory itself.
 *  as: what the archive calls it; "" leaves out its entry when it is a directory, and its parts are
 *   named from there.
 *
 * Returns:
 *  0, or -1 after a message on standard error.
 */
int tar_write_tree(int directory, const char *name, const char *as);

/* Writes the end of the archive. Returns as tar_write_tree. */
int tar_write_end(void);

/*
 * Makes files of the archive on standard input below the directory. An entry replaces what is in its
 * place, but a directory stays. Directories get their times at the end, when nothing more is made in
 * them.
 *
 * Arguments:
 *  rename_to: replaces the first component of each name, unless it is NULL.
 *
 * Returns:
 *  0, or -1 after a message on standard error.
 */
int tar_read_tree(int directory, const char *rename_to);

#endif
