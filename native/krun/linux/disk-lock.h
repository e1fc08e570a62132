/* Keeps machines off each other's disks, those of QEMU too. */
#ifndef MONO_KRUN_DISK_LOCK_H
#define MONO_KRUN_DISK_LOCK_H

#include "../configuration.h"

/*
 * Locks a disk for as long as this process lives; says on standard error why it cannot.
 *
 * Returns:
 *  0, or -1.
 */
int disk_lock(const struct disk *disk);

#endif
