/*
 * Inflates gzip data of any number of members from pieces of any size (RFC 1952). What follows a
 * member is another one, unless it starts with a zero: zeros are padding, and everything from there
 * on is passed over. Output is written only where the caller says.
 */
#ifndef MONO_INGEST_GUNZIP_H
#define MONO_INGEST_GUNZIP_H

#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gzip-header.h"

enum gunzip_stage { GUNZIP_HEADER, GUNZIP_BODY, GUNZIP_BETWEEN, GUNZIP_PADDING, GUNZIP_DAMAGED };

struct gunzip {
    enum gunzip_stage stage;
    struct gzip_header header;
    struct inflate_state inflate;
};

/* A piece of input or of output; the bytes are borrowed. */
struct gunzip_piece {
    uint8_t *bytes;
    size_t length_bytes;
};

/* Makes *gunzip wait for the first member. */
void gunzip_start(struct gunzip *gunzip);

/*
 * Inflates from *input to *output until one of them is used up, and moves both forward. Once the
 * stage is GUNZIP_PADDING or GUNZIP_DAMAGED, it does nothing: GUNZIP_PADDING takes all input.
 * Output from before the damage may have been written; neither is moved by the run that finds it.
 */
void gunzip_run(struct gunzip *gunzip, struct gunzip_piece *input, struct gunzip_piece *output);

/* Returns whether the data may end here: behind a member. */
bool gunzip_may_end(const struct gunzip *gunzip);

#endif
