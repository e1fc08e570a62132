/*
 * The constants of the monitor's protocol: docs/formats/monitor-protocol.md, whose sections are
 * cited. src/lib/vm/monitor/monitor-frame-types.ts holds the same values; a test compares the two.
 */
#ifndef MONO_MONITOR_PROTOCOL_H
#define MONO_MONITOR_PROTOCOL_H

/* "Versions" */
#define MONITOR_VERSION 1

/* "Directory": names in the sandbox's directory, the working directory. */
#define MONITOR_SOCKET_NAME "monitor.sock"
#define MONITOR_EXIT_NAME "exit"
#define MONITOR_LOG_NAME "log"
#define MONITOR_OLD_LOG_NAME "log.1"

/* "Frames": from a client below 0x80, from the monitor above; all of session 0 but ATTACH. */
enum monitor_frame {
    MONITOR_PROCESS = 0x40,
    MONITOR_PROCESS_ARGUMENT = 0x41,
    MONITOR_PROCESS_VARIABLE = 0x42,
    MONITOR_PROCESS_CONFIGURATION = 0x43,
    MONITOR_PROCESS_SOCKET = 0x44,
    MONITOR_LAUNCH = 0x45,
    MONITOR_DETACH = 0x46,
    MONITOR_STOP = 0x47,
    MONITOR_SIGNAL = 0x48,
    MONITOR_ATTACH = 0x49,

    MONITOR_GREETING = 0xc0,
    MONITOR_DETACHED = 0xc1,
    MONITOR_ATTACHED = 0xc2,
    MONITOR_ENDED = 0xc3
};

/* "PROCESS": what it is. */
enum process_role { ROLE_VMM = 0, ROLE_HELPER = 1 };

/* "LAUNCH": flag bits. */
#define LAUNCH_KEEP_RECORD 0x01

/* "GREETING": how far the sandbox is. */
enum monitor_phase { PHASE_STARTING = 0, PHASE_RUNNING = 1, PHASE_ENDING = 2 };

/* "ENDED": what ended the sandbox. */
enum ended_by {
    ENDED_BY_CODE = 0,
    ENDED_BY_SIGNAL = 1,
    ENDED_BY_MACHINE = 2,
    ENDED_BY_REQUEST = 3,
    ENDED_BY_PROTOCOL = 4,
    ENDED_BY_FAILURE = 5,
    ENDED_BY_VMM_SIGNAL = 6
};

/* "ENDED": flag bits. */
#define ENDED_TIMED_OUT 0x01

/* "Log" */
#define LOG_HEADER_BYTES 16

#endif
