/*
 * Becomes a microVM through libkrun. With the path of a libkrun as its argument it only looks whether it
 * could; otherwise it has no arguments and no environment:
 *
 *   descriptor 1, 2   the guest's console; what the launcher and libkrun say
 *   descriptor 3      the guest's channel, a stream socket
 *   descriptor 4      the configuration, up to its end of file
 *
 *   configuration.c   what it is told          library.c   libkrun's functions
 *   machine.c         telling libkrun          linux/, portable.c   files, volumes, confinement
 *
 * The process ends with the machine: with 0 when the guest has restarted, with a code of status.h when
 * there was none.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "configuration.h"
#include "library.h"
#include "machine.h"
#include "platform.h"
#include "status.h"

#define CONFIGURATION_FD 4

static int read_configuration(struct configuration *configuration);
static int failed(int status, const char *what);

int main(int argument_count, char **arguments) {
    static struct configuration configuration;
    struct krun_library library;

    if (argument_count > 1) return library_open(&library, arguments[1]);
    int status = read_configuration(&configuration);
    if (status != 0) return status;
    if (platform_hold_files(&configuration) != 0) return STATUS_FILE_MISSING;
    if (platform_hold_volumes(&configuration) != 0)
        return failed(STATUS_VOLUME_UNPROTECTED, "share a directory");
    if ((status = library_open(&library, configuration.library)) != 0) return status;
    if (platform_guard_sockets(&configuration) != 0)
        return failed(STATUS_UNCONFINED, "guard the sockets");
    int context = machine_create(&library, &configuration);
    if (context < 0) return STATUS_MACHINE_REFUSED;
    if (platform_confine(&configuration) != 0)
        return failed(STATUS_UNCONFINED, "give up what a machine does not need");
    errno = -library.start_enter((uint32_t)context);
    return failed(STATUS_START_FAILED, "start the machine");
}

static int read_configuration(struct configuration *configuration) {
    static uint8_t bytes[CONFIGURATION_MAX_BYTES + 1];
    size_t length_bytes = 0;
    ssize_t got;

    do {
        got = read(CONFIGURATION_FD, bytes + length_bytes, sizeof bytes - length_bytes);
        if (got > 0) length_bytes += (size_t)got;
    } while (got > 0 || (got < 0 && errno == EINTR));
    if (got < 0) return failed(STATUS_CONFIGURATION_INVALID, "read the configuration");
    close(CONFIGURATION_FD);
    const char *wrong = configuration_parse(configuration, bytes, length_bytes);
    if (wrong == NULL) return 0;
    dprintf(2, "mono-krun: cannot use the configuration: %s\n", wrong);
    return STATUS_CONFIGURATION_INVALID;
}

static int failed(int status, const char *what) {
    dprintf(2, "mono-krun: cannot %s: %s\n", what, strerror(errno));
    return status;
}
