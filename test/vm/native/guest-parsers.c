/*
 * Exercises the guest program's parsers under AddressSanitizer and UBSan with known and with random
 * input. Usage: guest-parsers SEED ROUNDS. Prints "ok" when every check held.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "frame.h"
#include "identity.h"
#include "outbox.h"
#include "process-spec.h"

static void feed(struct frame_reader *reader, const unsigned char *bytes, size_t length) {
    size_t room;

    if (length == 0) return;
    unsigned char *space = frame_reader_space(reader, &room);
    CHECK(room >= length);
    memcpy(space, bytes, length);
    frame_reader_filled(reader, length);
}

/* Frames cut into random pieces come out as they went in. */
static void frames_survive_slicing(void) {
    static struct frame_reader reader;
    static unsigned char payload[FRAME_MAX_PAYLOAD_BYTES];
    unsigned char header[FRAME_HEADER_BYTES];
    struct frame frame;

    memset(&reader, 0, sizeof reader);
    for (int i = 0; i < 20; i++) {
        unsigned length = i == 0 ? FRAME_MAX_PAYLOAD_BYTES : random_below(5000);
        for (unsigned at = 0; at < length; at++) payload[at] = (unsigned char)(at * 7 + (unsigned)i);
        frame_header(header, (unsigned char)i, (unsigned short)(i * 3), length);
        for (int at = 0; at < FRAME_HEADER_BYTES; at++) {
            CHECK(frame_reader_next(&reader, &frame) == 0);
            feed(&reader, header + at, 1);
        }
        for (unsigned at = 0; at < length;) {
            unsigned piece = 1 + random_below(length - at);
            CHECK(frame_reader_next(&reader, &frame) == 0);
            feed(&reader, payload + at, piece);
            at += piece;
        }
        CHECK(frame_reader_next(&reader, &frame) == 1);
        CHECK(frame.type == i && frame.session == i * 3 && frame.length_bytes == length);
        CHECK(memcmp(frame.payload, payload, length) == 0);
    }
}

static void frames_too_long_are_refused(void) {
    static struct frame_reader reader;
    unsigned char header[FRAME_HEADER_BYTES];
    struct frame frame;

    memset(&reader, 0, sizeof reader);
    frame_header(header, 1, 0, FRAME_MAX_PAYLOAD_BYTES + 1);
    feed(&reader, header, sizeof header);
    CHECK(frame_reader_next(&reader, &frame) == -1);
}

static void random_bytes_are_read_in_bounds(unsigned rounds) {
    static struct frame_reader reader;
    unsigned sum = 0;

    for (unsigned round = 0; round < rounds; round++) {
        struct frame frame;
        int result = 0;
        memset(&reader, 0, sizeof reader);
        for (int piece = 0; piece < 8 && result >= 0; piece++) {
            unsigned char bytes[64];
            for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = (unsigned char)(random_below(3) ? 0 : random_below(256));
            feed(&reader, bytes, random_below(sizeof bytes) + 1);
            while ((result = frame_reader_next(&reader, &frame)) > 0)
                for (unsigned i = 0; i < frame.length_bytes; i++) sum += frame.payload[i];
        }
    }
    CHECK(sum != 0);
}

static struct text text_of(const char *bytes) {
    return (struct text){bytes, strlen(bytes)};
}

static int resolve(const char *user, struct identity *identity) {
    return identity_resolve(user, text_of("root:x:0:0:r:/root:/bin/sh\n"
                                          "broken line\n"
                                          ":x:7:7::/:\n"
                                          "big:x:4294967295:1::/big:\n"
                                          "web:x:33:34::/var/www:/bin/false\n"
                                          "33a:x:50:50::/a:\n"
                                          "40:x:60:61::/forty:\n"
                                          "nohome:x:70:70"),
                            text_of("root:x:0:\nstaff:x:5:web,root\nnone:x:\nops:x:6:aweb,web\nx:y"),
                            identity);
}

static void identities_are_resolved(void) {
    static struct identity who;

    CHECK(resolve("", &who) == 0 && who.uid == 0 && strcmp(who.home, "/root") == 0);
    CHECK(who.group_count == 1 && who.groups[0] == 5);
    CHECK(resolve(NULL, &who) == 0 && who.uid == 0);
    CHECK(resolve("web", &who) == 0 && who.uid == 33 && who.gid == 34 && who.group_count == 2);
    CHECK(strcmp(who.home, "/var/www") == 0);
    CHECK(resolve("33", &who) == 0 && who.gid == 34 && who.group_count == 2);
    CHECK(resolve("33:6", &who) == 0 && who.gid == 6 && who.group_count == 0);
    CHECK(resolve("web:staff", &who) == 0 && who.gid == 5);
    CHECK(resolve("web:", &who) == 0 && who.gid == 34);
    CHECK(resolve(":staff", &who) == 0 && who.uid == 0 && who.gid == 5);
    CHECK(resolve("40", &who) == 0 && who.uid == 60);
    CHECK(resolve("60", &who) == 0 && who.uid == 60 && strcmp(who.home, "/forty") == 0);
    CHECK(resolve("999", &who) == 0 && who.uid == 999 && who.gid == 0 && strcmp(who.home, "/") == 0);
    CHECK(resolve("nohome", &who) == 0 && strcmp(who.home, "/") == 0);
    CHECK(resolve("33a", &who) == 0 && who.uid == 50);
    CHECK(resolve("big", &who) == FAILURE_USER_UNKNOWN);
    CHECK(resolve("4294967295", &who) == FAILURE_USER_UNKNOWN);
    CHECK(resolve("-1", &who) == FAILURE_USER_UNKNOWN);
    CHECK(resolve("broken line", &who) == FAILURE_USER_UNKNOWN);
    CHECK(resolve("web:nobody", &who) == FAILURE_GROUP_UNKNOWN);
    CHECK(resolve("web:none", &who) == FAILURE_GROUP_UNKNOWN);
    CHECK(identity_resolve("0", (struct text){NULL, 0}, (struct text){NULL, 0}, &who) == 0);
    CHECK(identity_resolve("a", (struct text){NULL, 0}, (struct text){NULL, 0}, &who) ==
          FAILURE_USER_UNKNOWN);
}

static void random_databases_are_read_in_bounds(unsigned rounds) {
    static const char letters[] = "ab:,\n01\0";
    static struct identity who;

    for (unsigned round = 0; round < rounds; round++) {
        size_t length = random_below(200);
        char *bytes = malloc(length + 1); /* exact, so that the sanitizer sees each overrun */
        for (size_t i = 0; i < length; i++) bytes[i] = letters[random_below(sizeof letters - 1)];
        char *exact = malloc(length ? length : 1);
        memcpy(exact, bytes, length);
        char user[6] = {0};
        for (int i = 0; i < 5; i++) user[i] = letters[random_below(sizeof letters - 1)];
        int result = identity_resolve(user, (struct text){exact, length},
                                      (struct text){exact, length}, &who);
        CHECK(result == 0 || result == FAILURE_USER_UNKNOWN || result == FAILURE_GROUP_UNKNOWN);
        free(bytes);
        free(exact);
    }
}

static void specs_are_bounded(void) {
    struct process_spec spec;
    static unsigned char large[FRAME_MAX_PAYLOAD_BYTES];

    memset(&spec, 0, sizeof spec);
    CHECK(spec_add(&spec, &spec.arguments, (const unsigned char *)"a\0b", 3) == -1);
    CHECK(spec_add(&spec, &spec.arguments, (const unsigned char *)"", 0) == 0);
    CHECK(spec.arguments.count == 1 && spec.arguments.items[0][0] == 0);
    CHECK(spec.arguments.items[1] == NULL);
    CHECK(spec_set(&spec, &spec.user, (const unsigned char *)"one", 3) == 0);
    CHECK(spec_set(&spec, &spec.user, (const unsigned char *)"two", 3) == 0);
    CHECK(strcmp(spec.user, "two") == 0);
    CHECK(spec_add(&spec, &spec.variables, (const unsigned char *)"PATHS=1", 7) == 0);
    CHECK(spec_variable(&spec, "PATH") == NULL);
    CHECK(spec_default_variable(&spec, "PATH", "/bin") == 0);
    CHECK(spec_default_variable(&spec, "PATH", "/other") == 0);
    CHECK(strcmp(spec_variable(&spec, "PATH"), "/bin") == 0);
    memset(large, 'x', sizeof large);
    int count = 0;
    while (spec_add(&spec, &spec.variables, large, sizeof large) == 0) count++;
    CHECK(count == 63);
    spec_clear(&spec);
    count = 0;
    while (spec_add(&spec, &spec.arguments, large, 1) == 0) count++;
    CHECK(count == SPEC_MAX_STRINGS);
    spec_clear(&spec);
    CHECK(spec.total_bytes == 0 && spec.arguments.items == NULL);
}

/* What goes in through the ring comes out of the pipe in order, across many wraps. */
static void outboxes_keep_order(void) {
    static struct outbox outbox;
    static struct frame_reader reader;
    static unsigned char payload[STREAM_MAX_PIECE_BYTES];
    int ends[2];
    unsigned sent = 0, received = 0;

    CHECK(pipe(ends) == 0);
    CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    memset(&outbox, 0, sizeof outbox);
    memset(&reader, 0, sizeof reader);
    outbox.fd = ends[1];
    while (received < 400) {
        size_t room = outbox_room(&outbox);
        if (sent < 400 && room > 0 && random_below(3) > 0) {
            unsigned length = 1 + random_below(sizeof payload);
            if (length > room) length = (unsigned)room;
            memset(payload, (int)(sent & 0xff), length);
            CHECK(outbox_send(&outbox, 1, (unsigned short)sent, payload, length) == 0);
            sent++;
        }
        size_t space;
        unsigned char *at = frame_reader_space(&reader, &space);
        ssize_t got = read(ends[0], at, space < 3000 ? space : 1 + random_below(3000));
        if (got > 0) frame_reader_filled(&reader, (size_t)got);
        struct frame frame;
        while (frame_reader_next(&reader, &frame) == 1) {
            CHECK(frame.session == received);
            for (unsigned i = 0; i < frame.length_bytes; i++)
                CHECK(frame.payload[i] == (received & 0xff));
            received++;
        }
        CHECK(outbox_flush(&outbox) == 0);
    }
    close(ends[0]);
    close(ends[1]);
}

int main(int count, char **arguments) {
    unsigned rounds = begin_rounds(count, arguments);
    frames_survive_slicing();
    frames_too_long_are_refused();
    random_bytes_are_read_in_bounds(rounds);
    identities_are_resolved();
    random_databases_are_read_in_bounds(rounds);
    specs_are_bounded();
    outboxes_keep_order();
    puts("ok");
    return 0;
}
