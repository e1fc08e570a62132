#include "mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "disk.h"
#include "files.h"
#include "little-endian.h"
#include "protocol.h"

/* u8 kind, u8 flags, u32 size in MiB, u16 length of the source; then source and target. */
#define MOUNT_HEADER_BYTES 8
/* The longest tag of a virtio-fs device. */
#define MAX_SOURCE_BYTES 36
#define MAX_TARGET_BYTES 4095

struct mount_request {
    enum mount_kind kind;
    uint8_t flags;
    uint32_t size_mib;
    char source[MAX_SOURCE_BYTES + 1];
    char target[MAX_TARGET_BYTES + 1];
};

static int parse(const struct frame *frame, struct mount_request *request);
static int mount_request(const struct mount_request *request);
static int mount_memory(const struct mount_request *request);
static int mount_shared(const struct mount_request *request);

const char *mounts_add(const struct frame *frame) {
    static struct mount_request request;
    static char what[128];

    errno = 0;
    if (parse(frame, &request) != 0) return "MOUNT is not valid";
    snprintf(what, sizeof what, "mount %.100s", request.target);
    if (directory_create(request.target, 0755) != 0) return what;
    return mount_request(&request) == 0 ? NULL : what;
}

static int parse(const struct frame *frame, struct mount_request *request) {
    const uint8_t *payload = frame->payload;

    if (frame->length_bytes < MOUNT_HEADER_BYTES || payload[0] > MOUNT_DISK) return -1;
    request->kind = (enum mount_kind)payload[0];
    request->flags = payload[1];
    request->size_mib = get_u32(payload + 2);
    size_t source_bytes = get_u16(payload + 6);
    if (source_bytes > MAX_SOURCE_BYTES || frame->length_bytes - MOUNT_HEADER_BYTES < source_bytes)
        return -1;
    size_t target_bytes = frame->length_bytes - MOUNT_HEADER_BYTES - source_bytes;
    if (target_bytes == 0 || target_bytes > MAX_TARGET_BYTES) return -1;
    memcpy(request->source, payload + MOUNT_HEADER_BYTES, source_bytes);
    request->source[source_bytes] = 0;
    memcpy(request->target, payload + MOUNT_HEADER_BYTES + source_bytes, target_bytes);
    request->target[target_bytes] = 0;
    return request->target[0] == '/' && strlen(request->target) == target_bytes ? 0 : -1;
}

static int mount_request(const struct mount_request *request) {
    if (request->kind == MOUNT_MEMORY) return mount_memory(request);
    if (request->kind == MOUNT_SHARED) return mount_shared(request);
    return disk_mount(request->source, request->target, request->flags & MOUNT_READ_ONLY);
}

static int mount_memory(const struct mount_request *request) {
    char options[64];

    if (request->size_mib == 0) snprintf(options, sizeof options, "mode=1777");
    else snprintf(options, sizeof options, "mode=1777,size=%uM", request->size_mib);
    return mount("tmpfs", request->target, "tmpfs", MS_NOSUID | MS_NODEV, options);
}

/* Device nodes in a directory of the host are not the guest's to open. */
static int mount_shared(const struct mount_request *request) {
    unsigned long flags = MS_NODEV;

    if (request->flags & MOUNT_READ_ONLY) flags |= MS_RDONLY;
    return mount(request->source, request->target, "virtiofs", flags, NULL);
}
