/* libkrun, opened at run time, so that mono is built and works without it. */
#ifndef MONO_KRUN_LIBRARY_H
#define MONO_KRUN_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"

/* The functions of libkrun.h (1.17) that the launcher calls. All return 0 or a negative errno. */
struct krun_library {
    int32_t (*init_log)(int target_fd, uint32_t level, uint32_t style, uint32_t options);
    /* returns the number of the context */
    int32_t (*create_ctx)(void);
    int32_t (*set_vm_config)(uint32_t context, uint8_t cpus, uint32_t ram_mib);
    int32_t (*set_kernel)(uint32_t context, const char *path, uint32_t format, const char *initramfs,
                          const char *command_line);
    int32_t (*add_disk2)(uint32_t context, const char *id, const char *path, uint32_t format,
                         bool read_only);
    int32_t (*add_virtiofs)(uint32_t context, const char *tag, const char *path);
    int32_t (*set_console_output)(uint32_t context, const char *path);
    int32_t (*disable_implicit_console)(uint32_t context);
    int32_t (*add_virtio_console_default)(uint32_t context, int input_fd, int output_fd, int error_fd);
    /* returns the number of the console */
    int32_t (*add_virtio_console_multiport)(uint32_t context);
    int32_t (*add_console_port_inout)(uint32_t context, uint32_t console, const char *name,
                                      int input_fd, int output_fd);
    int32_t (*disable_implicit_vsock)(uint32_t context);
    int32_t (*add_vsock)(uint32_t context, uint32_t tsi_features);
    int32_t (*set_port_map)(uint32_t context, const char *const *map);
    /* returns only when the machine could not be started */
    int32_t (*start_enter)(uint32_t context);
};

/*
 * Opens the library and finds its functions; says on standard error what is missing.
 *
 * Returns:
 *  0, or the status to exit with.
 */
int library_open(struct krun_library *library, const char *path);

#endif
