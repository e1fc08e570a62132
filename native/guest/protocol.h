/*
 * The constants of the guest protocol: docs/formats/guest-protocol.md, whose sections are cited.
 * src/lib/vm/protocol/frame-types.ts holds the same values; a test compares the two.
 */
#ifndef MONO_GUEST_PROTOCOL_H
#define MONO_GUEST_PROTOCOL_H

/* "Versions": changed when an old peer would misunderstand a new one. */
#define PROTOCOL_VERSION 2

/* "Channel": the name of the virtio-serial port. */
#define PORT_NAME "org.mono.agent.0"

/* "Frames" */
#define FRAME_HEADER_BYTES 8
/* The longest single argument that execve takes (MAX_ARG_STRLEN of Linux): no item needs more. */
#define FRAME_MAX_PAYLOAD_BYTES 131072
/* The largest piece of stream data in one frame, so that control frames never wait for long. */
#define STREAM_MAX_PIECE_BYTES 32768

/* "Flow control": bytes that a sender may have under way on a stream before any credit comes. */
#define STREAM_WINDOW_BYTES 262144

/* "Frame types": from the host below 0x80, from the guest above. */
enum frame_type {
    FRAME_HELLO = 0x01,
    FRAME_CLOCK = 0x02,
    FRAME_HOSTNAME = 0x03,
    FRAME_ROOT = 0x04,
    FRAME_NETWORK = 0x05,
    FRAME_MOUNT = 0x06,
    FRAME_ARGUMENT = 0x10,
    FRAME_VARIABLE = 0x11,
    FRAME_DIRECTORY = 0x12,
    FRAME_USER = 0x13,
    FRAME_TERMINAL = 0x14,
    FRAME_START = 0x15,
    FRAME_INPUT = 0x20,
    FRAME_CREDIT = 0x21,
    FRAME_SIGNAL = 0x22,
    FRAME_RESIZE = 0x23,
    FRAME_HANG_UP = 0x24,

    FRAME_GUEST_HELLO = 0x81,
    FRAME_STARTED = 0x90,
    FRAME_EXIT = 0x91,
    FRAME_ERROR = 0x92,
    FRAME_OUTPUT = 0xa0,
    FRAME_ERROR_OUTPUT = 0xa1,
    FRAME_INPUT_CREDIT = 0xa2
};

/* "ROOT": what takes the writes. */
enum root_writes { ROOT_WRITES_MEMORY = 0, ROOT_WRITES_NONE = 1, ROOT_WRITES_DISK = 2 };

/* "NETWORK": what leads to the network. */
enum network_kind { NETWORK_INTERFACE = 1, NETWORK_SOCKETS = 2 };

/* "MOUNT": what is mounted, and flag bits. */
enum mount_kind { MOUNT_MEMORY = 0, MOUNT_SHARED = 1, MOUNT_DISK = 2 };
#define MOUNT_READ_ONLY 0x01

/* "START": flag bits. */
#define START_WITH_INPUT 0x01
#define START_SERVICE 0x02

/* "CREDIT": streams by number. */
enum stream_number { STREAM_OUTPUT = 1, STREAM_ERROR_OUTPUT = 2 };

/* "EXIT": how the process ended. */
enum exit_kind { EXIT_BY_CODE = 0, EXIT_BY_SIGNAL = 1 };

/* "ERROR": what could not be done. */
enum failure {
    FAILURE_PROTOCOL = 1,
    FAILURE_ROOT = 2,
    FAILURE_USER_UNKNOWN = 3,
    FAILURE_GROUP_UNKNOWN = 4,
    FAILURE_IDENTITY = 5,
    FAILURE_DIRECTORY = 6,
    FAILURE_TERMINAL = 7,
    FAILURE_RESOURCES = 8,
    FAILURE_COMMAND_NOT_FOUND = 9,
    FAILURE_COMMAND_NOT_EXECUTABLE = 10,
    FAILURE_HOSTNAME = 11,
    FAILURE_NETWORK = 12,
    FAILURE_MOUNT = 13
};

#endif
