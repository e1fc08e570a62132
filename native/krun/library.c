#include "library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define FUNCTION(name) {"krun_" #name, offsetof(struct krun_library, name)}

static const struct {
    const char *symbol;
    size_t offset;
} functions[] = {
    FUNCTION(init_log),
    FUNCTION(create_ctx),
    FUNCTION(set_vm_config),
    FUNCTION(set_kernel),
    FUNCTION(add_disk2),
    FUNCTION(add_virtiofs),
    FUNCTION(set_console_output),
    FUNCTION(disable_implicit_console),
    FUNCTION(add_virtio_console_default),
    FUNCTION(add_virtio_console_multiport),
    FUNCTION(add_console_port_inout),
    FUNCTION(disable_implicit_vsock),
    FUNCTION(add_vsock),
    FUNCTION(set_port_map),
    FUNCTION(start_enter),
};

int library_open(struct krun_library *library, const char *path) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    if (handle == NULL) {
        dprintf(2, "mono-krun: cannot load libkrun: %s\n", dlerror());
        return STATUS_LIBRARY_MISSING;
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(handle, functions[i].symbol);
        if (function == NULL) {
            dprintf(2, "mono-krun: %s has no %s; libkrun 1.17 is needed\n", path, functions[i].symbol);
            return STATUS_LIBRARY_UNSUITABLE;
        }
        memcpy((char *)library + functions[i].offset, &function, sizeof function);
    }
    return 0;
}
