/*
 * With what the launcher exits before there is a machine; afterwards libkrun ends the process, with 0
 * when the guest restarts. src/lib/vm/krun/launcher-status.ts holds the same values; a test compares
 * the two. They lie where neither libkrun's own codes nor those of a shell do.
 */
#ifndef MONO_KRUN_STATUS_H
#define MONO_KRUN_STATUS_H

enum launcher_status {
    STATUS_CONFIGURATION_INVALID = 80,
    STATUS_LIBRARY_MISSING = 81,
    STATUS_LIBRARY_UNSUITABLE = 82,
    STATUS_MACHINE_REFUSED = 83,
    STATUS_VOLUME_UNPROTECTED = 84,
    STATUS_UNCONFINED = 85,
    STATUS_START_FAILED = 86,
    STATUS_FILE_MISSING = 87
};

#endif
