#include "tar-output.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"
#include "tar.h"

static uint8_t out[TAR_OUTPUT_BYTES];
static size_t out_used;

int tar_put(const void *bytes, size_t length_bytes) {
    const uint8_t *from = bytes;

    while (length_bytes > 0) {
        size_t piece = TAR_OUTPUT_BYTES - out_used;
        if (piece > length_bytes) piece = length_bytes;
        memcpy(out + out_used, from, piece);
        out_used += piece;
        from += piece;
        length_bytes -= piece;
        if (out_used == TAR_OUTPUT_BYTES && tar_flush() != 0) return -1;
    }
    return 0;
}

int tar_put_padding(unsigned long long length_bytes) {
    static const uint8_t zeros[TAR_BLOCK_BYTES];
    size_t over = (size_t)(length_bytes % TAR_BLOCK_BYTES);
    return over == 0 ? 0 : tar_put(zeros, TAR_BLOCK_BYTES - over);
}

int tar_flush(void) {
    for (size_t at = 0; at < out_used;) {
        ssize_t written = write(1, out + at, out_used - at);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return complain("write");
        at += (size_t)written;
    }
    out_used = 0;
    return 0;
}
