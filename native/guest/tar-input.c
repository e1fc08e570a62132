#include "tar-input.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "complain.h"
#include "tar.h"

int tar_take(void *bytes, size_t length_bytes) {
    for (size_t at = 0; at < length_bytes;) {
        ssize_t got = read(0, (uint8_t *)bytes + at, length_bytes - at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return complain("read the archive");
        if (got == 0) {
            errno = EPIPE;
            return complain("the archive is cut off");
        }
        at += (size_t)got;
    }
    return 0;
}

int tar_skip_padding(unsigned long long length_bytes) {
    uint8_t padding[TAR_BLOCK_BYTES];
    size_t over = (size_t)(length_bytes % TAR_BLOCK_BYTES);

    return over == 0 ? 0 : tar_take(padding, TAR_BLOCK_BYTES - over);
}

int tar_skip(unsigned long long length_bytes) {
    uint8_t block[TAR_BLOCK_BYTES];

    for (unsigned long long at = 0; at < length_bytes; at += sizeof block)
        if (tar_take(block, sizeof block) != 0) return -1;
    return 0;
}
