/*
 * What differs between hosts. Only the files in linux/ know Linux; portable.c is for every other host,
 * and promises less.
 */
#ifndef MONO_KRUN_PLATFORM_H
#define MONO_KRUN_PLATFORM_H

#include "configuration.h"

/*
 * Opens kernel, initramfs and disks, so that from here on they are these files, whatever becomes of
 * their names: their paths in the configuration change. An image of parts becomes a file that can be
 * read like any other. Locks the disks but for the first, the image, against other machines. Says on
 * standard error what cannot be opened or is in use.
 *
 * Returns:
 *  0, or -1.
 */
int platform_hold_files(struct configuration *configuration);

/*
 * Does the same for the volumes, and makes those that are read-only so for this process, whatever a
 * guest makes it do.
 *
 * Returns:
 *  0, or -1 with errno set where the host cannot.
 */
int platform_hold_volumes(struct configuration *configuration);

/* Returns the name under which libkrun can open the launcher's standard output, or NULL. */
const char *platform_console_path(void);

/*
 * Holds the sockets that libkrun makes for the guest to the section "SOCKETS": they listen on the
 * addresses of the ports and on no others, and reach no service that the host keeps to itself but its
 * name server. The configuration is borrowed for good.
 *
 * Returns:
 *  0, or -1 with errno set where the host cannot.
 */
int platform_guard_sockets(const struct configuration *configuration);

/*
 * Gives up all files but those of the configuration, all system calls that a machine does not make, new
 * privileges and core dumps, as far as the host can.
 *
 * Returns:
 *  0, or -1 with errno set.
 */
int platform_confine(const struct configuration *configuration);

#endif
