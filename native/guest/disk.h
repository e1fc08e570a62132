/* Disks that keep what is written to them: filesystems made by the host, ext4. */
#ifndef MONO_GUEST_DISK_H
#define MONO_GUEST_DISK_H

#include <stdbool.h>

/*
 * Mounts the filesystem of a disk and grows it to the disk's size: a new disk holds a small one. The
 * top directory of a new filesystem gets owner and mode of the directory it is mounted on.
 *
 * Returns:
 *  0, or -1 with errno set.
 */
int disk_mount(const char *device, const char *target, bool read_only);

/*
 * Brings everything to the disks and stops all writing to them: their filesystems are then as after
 * an unmount. To be called at the end of the sandbox.
 */
void disks_finish(void);

#endif
