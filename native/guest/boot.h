/* The first steps of PID 1, before the host has said anything. */
#ifndef MONO_GUEST_BOOT_H
#define MONO_GUEST_BOOT_H

/* Mounts what is needed to find the channel. Returns 0 or -1 with errno set. */
int boot_mount_devices(void);

/*
 * Opens the virtio-serial port called PORT_NAME, non-blocking; waits for it to appear, and for the host
 * to be connected to it: until then it looks as if the host had hung up.
 *
 * Returns:
 *  its descriptor, or -1 when there is none after 10 seconds.
 */
int boot_open_port(void);

/* Ends the machine at once, and says why on its console unless that is NULL. Does not return. */
void boot_restart(const char *why) __attribute__((noreturn));

#endif
