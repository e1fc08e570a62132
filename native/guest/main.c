/*
 * The first and only program that mono brings into a guest: init and agent in one. It is /init of
 * an initramfs; everything else comes from the image and over the channel.
 *
 *   boot.c     devices, the channel          session.c, stream.c   processes and their bytes
 *   agent.c    the loop                      launch.c, execute.c   starting a process
 *   root.c     the sandbox's filesystem      frame.c, outbox.c     the protocol's bytes
 *
 * On the host, where it is not PID 1, it measures a frequency for the guest's kernel: tsc.h.
 *
 * Whatever goes wrong here, the machine restarts, which ends it: the VMM is told not to reboot.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "boot.h"
#include "tsc.h"

static void open_standard_descriptors(void);

int main(void) {
    if (getpid() != 1) return printf("%" PRIu64 "\n", tsc_measure_khz()) > 0 ? 0 : 1;
    open_standard_descriptors();
    if (boot_mount_devices() != 0) {
        char why[100];
        snprintf(why, sizeof why, "cannot mount the devices: %s", strerror(errno));
        boot_restart(why);
    }
    int port = boot_open_port();
    if (port < 0) boot_restart("the channel to the host does not open");
    boot_restart(agent_serve(port));
}

/* Without a console PID 1 starts with nothing open; 0 to 2 must never be a file of ours. */
static void open_standard_descriptors(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd < 3);
    if (fd >= 3) close(fd);
}
