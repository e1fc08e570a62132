#include "machine.h"

#include <stdio.h>
#include <string.h>

#include "platform.h"

#define CHANNEL_FD 3
/* The name of the virtio-serial port by which the guest program knows it: docs/formats/guest-protocol.md. */
#define CHANNEL_NAME "org.mono.agent.0"
#define KERNEL_FORMAT_ELF 1
#define RAW_DISK 0
/* Errors, and in what way the guest's processor has stopped. */
#define LOG_LEVEL_INFO 3
#define LOG_STYLE_NEVER 2
#define LOG_OPTION_NO_ENV 1
#define TSI_HIJACK_INET 1
/* "65535:65535" */
#define PORT_PAIR_BYTES 12

static int add_devices(const struct krun_library *library, uint32_t context,
                       const struct configuration *configuration);
static int add_console(const struct krun_library *library, uint32_t context);
static int add_channel(const struct krun_library *library, uint32_t context);
static int add_network(const struct krun_library *library, uint32_t context,
                       const struct configuration *configuration);
static int add_ports(const struct krun_library *library, uint32_t context,
                     const struct configuration *configuration);
static int did(const char *what, int32_t result);

int machine_create(const struct krun_library *library, const struct configuration *configuration) {
    if (did("keep a log", library->init_log(2, LOG_LEVEL_INFO, LOG_STYLE_NEVER,
                                            LOG_OPTION_NO_ENV)) != 0)
        return -1;
    int32_t result = library->create_ctx();
    if (result < 0) return did("make a machine", result);
    uint32_t context = (uint32_t)result;
    if (did("give it processors and memory",
            library->set_vm_config(context, configuration->cpus, configuration->memory_mib)) != 0 ||
        did("give it the kernel",
            library->set_kernel(context, configuration->kernel, KERNEL_FORMAT_ELF,
                                configuration->initramfs, configuration->command_line)) != 0 ||
        add_devices(library, context, configuration) != 0)
        return -1;
    return result;
}

static int add_devices(const struct krun_library *library, uint32_t context,
                       const struct configuration *configuration) {
    char id[32];

    if (add_console(library, context) != 0 || add_channel(library, context) != 0) return -1;
    for (size_t i = 0; i < configuration->disk_count; i++) {
        const struct disk *disk = &configuration->disks[i];
        snprintf(id, sizeof id, "disk%zu", i);
        if (did("add a disk", library->add_disk2(context, id, disk->path, RAW_DISK,
                                                 disk->is_read_only)) != 0)
            return -1;
    }
    for (size_t i = 0; i < configuration->volume_count; i++) {
        const struct volume *volume = &configuration->volumes[i];
        if (did("add a volume", library->add_virtiofs(context, volume->tag, volume->path)) != 0)
            return -1;
    }
    return add_network(library, context, configuration);
}

/* Where standard output has no name, the console's lines go to libkrun's log. */
static int add_console(const struct krun_library *library, uint32_t context) {
    const char *path = platform_console_path();

    if (path != NULL)
        return did("add the console", library->set_console_output(context, path));
    if (did("add the console", library->disable_implicit_console(context)) != 0) return -1;
    return did("add the console", library->add_virtio_console_default(context, -1, -1, -1));
}

static int add_channel(const struct krun_library *library, uint32_t context) {
    int32_t console = library->add_virtio_console_multiport(context);

    if (console < 0) return did("add the channel", console);
    return did("add the channel", library->add_console_port_inout(context, (uint32_t)console, CHANNEL_NAME,
                                                                  CHANNEL_FD, CHANNEL_FD));
}

static int add_network(const struct krun_library *library, uint32_t context,
                       const struct configuration *configuration) {
    if (did("leave out the network", library->disable_implicit_vsock(context)) != 0) return -1;
    if (!configuration->has_sockets) return 0;
    if (did("add the network", library->add_vsock(context, TSI_HIJACK_INET)) != 0) return -1;
    return add_ports(library, context, configuration);
}

/* libkrun takes any port that the guest listens on and the map does not hold; the guard does not. */
static int add_ports(const struct krun_library *library, uint32_t context,
                     const struct configuration *configuration) {
    char pairs[MAX_PORTS][PORT_PAIR_BYTES];
    const char *map[MAX_PORTS + 1] = {NULL};

    for (size_t i = 0; i < configuration->port_count; i++) {
        const struct port *port = &configuration->ports[i];
        snprintf(pairs[i], PORT_PAIR_BYTES, "%u:%u", port->host_port, port->guest_port);
        map[i] = pairs[i];
    }
    return did("forward the ports", library->set_port_map(context, map));
}

/* Says what was refused. Returns 0, or -1 for a failure. */
static int did(const char *what, int32_t result) {
    if (result >= 0) return 0;
    dprintf(2, "mono-krun: libkrun cannot %s: %s\n", what, strerror(-result));
    return -1;
}
