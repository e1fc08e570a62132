#include "platform.h"

#include <errno.h>
#include <stdio.h>

int platform_hold_files(struct configuration *configuration) {
    if (configuration->disks[0].format == DISK_RAW) return 0;
    fprintf(stderr, "mono-krun: cannot put a disk of parts together on this host\n");
    return -1;
}

int platform_hold_volumes(struct configuration *configuration) {
    for (size_t i = 0; i < configuration->volume_count; i++) {
        if (!configuration->volumes[i].is_read_only) continue;
        errno = ENOTSUP;
        return -1;
    }
    return 0;
}

const char *platform_console_path(void) {
    return "/dev/fd/1";
}

int platform_guard_sockets(const struct configuration *configuration) {
    if (!configuration->has_sockets) return 0;
    errno = ENOTSUP;
    return -1;
}

int platform_confine(const struct configuration *configuration) {
    (void)configuration;
    return 0;
}
