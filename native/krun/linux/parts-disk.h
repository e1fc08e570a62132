/*
 * A disk made of parts of files, as a file: libkrun opens it as a raw disk, and what it reads from it
 * are the parts. libkrun's own disks of parts (VMDK) lose the start of every other one: a read that
 * begins where a part begins finds none, and gets zeros (libkrun 1.17, imago 0.2.1).
 *
 * pread and preadv stand here instead of in the C library, as bind does in sockets.c. The file itself
 * is empty memory, so a libkrun that read it in another way would find no filesystem.
 */
#ifndef MONO_KRUN_PARTS_DISK_H
#define MONO_KRUN_PARTS_DISK_H

#include "../configuration.h"

/*
 * Makes the disk of the configuration's parts, of which there is one in a process. Says on standard
 * error which file cannot be opened, or is too short.
 *
 * Returns:
 *  a descriptor of its file, or -1.
 */
int parts_disk_open(const struct configuration *configuration);

#endif
