#include "gunzip.h"

#include <string.h>

/* ISA-L counts in 32 bits; callers pass far less at a time. */
static const size_t MAX_PIECE_BYTES = (size_t)1 << 30;

static void take_header(struct gunzip *gunzip, struct gunzip_piece *input);
static bool inflate_some(struct gunzip *gunzip, struct gunzip_piece *input,
                         struct gunzip_piece *output);
static void look_behind_member(struct gunzip *gunzip, const struct gunzip_piece *input);
static void advance(struct gunzip_piece *piece, size_t by_bytes);
static uint32_t clamped(size_t length_bytes);

void gunzip_start(struct gunzip *gunzip) {
    memset(gunzip, 0, sizeof *gunzip);
    gunzip->stage = GUNZIP_HEADER;
    gzip_header_start(&gunzip->header);
}

void gunzip_run(struct gunzip *gunzip, struct gunzip_piece *input, struct gunzip_piece *output) {
    for (;;) {
        switch (gunzip->stage) {
        case GUNZIP_HEADER:
            if (input->length_bytes == 0) return;
            take_header(gunzip, input);
            break;
        case GUNZIP_BODY:
            if (!inflate_some(gunzip, input, output)) return;
            break;
        case GUNZIP_BETWEEN:
            if (input->length_bytes == 0) return;
            look_behind_member(gunzip, input);
            break;
        case GUNZIP_PADDING:
            advance(input, input->length_bytes);
            return;
        case GUNZIP_DAMAGED:
            return;
        }
    }
}

bool gunzip_may_end(const struct gunzip *gunzip) {
    return gunzip->stage == GUNZIP_BETWEEN || gunzip->stage == GUNZIP_PADDING;
}

static void take_header(struct gunzip *gunzip, struct gunzip_piece *input) {
    size_t consumed = 0;
    switch (gzip_header_take(&gunzip->header, input->bytes, input->length_bytes, &consumed)) {
    case GZIP_HEADER_END:
        isal_inflate_init(&gunzip->inflate);
        gunzip->inflate.crc_flag = ISAL_GZIP_NO_HDR_VER;
        gunzip->stage = GUNZIP_BODY;
        break;
    case GZIP_HEADER_MORE:
        break;
    case GZIP_HEADER_DAMAGED:
        gunzip->stage = GUNZIP_DAMAGED;
        break;
    }
    advance(input, consumed);
}

/* Returns whether there is more to do with what is there. */
static bool inflate_some(struct gunzip *gunzip, struct gunzip_piece *input,
                         struct gunzip_piece *output) {
    struct inflate_state *state = &gunzip->inflate;
    uint32_t given_bytes = clamped(input->length_bytes);
    uint32_t room_bytes = clamped(output->length_bytes);

    /* Without room the decoder could still need to be asked whether the member ends here: it is asked
     * again when there is. */
    if (room_bytes == 0) return false;
    state->next_in = input->bytes;
    state->avail_in = given_bytes;
    state->next_out = output->bytes;
    state->avail_out = room_bytes;
    int result = isal_inflate(state);
    if (result < 0 || result == ISAL_NEED_DICT) {
        /* What it says to have taken of damaged data can be more than there was. */
        gunzip->stage = GUNZIP_DAMAGED;
        return true;
    }
    advance(input, given_bytes - state->avail_in);
    advance(output, room_bytes - state->avail_out);
    if (state->block_state == ISAL_BLOCK_FINISH) {
        gunzip->stage = GUNZIP_BETWEEN;
        return true;
    }
    return input->length_bytes > 0 && output->length_bytes > 0;
}

static void look_behind_member(struct gunzip *gunzip, const struct gunzip_piece *input) {
    if (input->bytes[0] == 0) {
        gunzip->stage = GUNZIP_PADDING;
        return;
    }
    gzip_header_start(&gunzip->header);
    gunzip->stage = GUNZIP_HEADER;
}

static void advance(struct gunzip_piece *piece, size_t by_bytes) {
    piece->bytes += by_bytes;
    piece->length_bytes -= by_bytes;
}

static uint32_t clamped(size_t length_bytes) {
    return (uint32_t)(length_bytes < MAX_PIECE_BYTES ? length_bytes : MAX_PIECE_BYTES);
}
