/*
 * Exercises the monitor's parsers and its relay under AddressSanitizer and UBSan: what clients and a
 * hostile guest may send, known and random. Usage: monitor-relay SEED ROUNDS. Prints "ok" when every
 * check held.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "little-endian.h"
#include "monitor-protocol.h"
#include "plan.h"
#include "protocol.h"
#include "record.h"
#include "relay.h"

static struct frame frame_of(uint8_t type, uint16_t session, const void *payload, uint32_t length) {
    return (struct frame){.type = type, .session = session, .length_bytes = length, .payload = payload};
}

static struct client *connect_client(void) {
    int both[2];

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, both) == 0);
    close(both[1]);
    struct client *client = client_open(both[0]);
    CHECK(client != NULL);
    return client;
}

static int send_to(struct relay *relay, struct client *client, uint8_t type, uint16_t session,
                   const void *payload, uint32_t length) {
    struct frame frame = frame_of(type, session, payload, length);
    return relay_from_client(relay, client, &frame);
}

static enum relay_result say(struct relay *relay, uint8_t type, uint16_t session,
                             const void *payload, uint32_t length) {
    struct frame frame = frame_of(type, session, payload, length);
    return relay_from_guest(relay, &frame);
}

static void begin(struct relay *relay) {
    memset(relay, 0, sizeof *relay);
    relay->guest.limit_bytes = 32u << 20;
    relay->log.fd = -1;
}

/* Starts a session of the client and says STARTED for the guest's number of it. */
static void run_session(struct relay *relay, struct client *client, uint16_t local, uint16_t guest) {
    CHECK(send_to(relay, client, FRAME_ARGUMENT, local, "sh", 2) == 0);
    CHECK(send_to(relay, client, FRAME_START, local, "\1", 1) == 0);
    CHECK(say(relay, FRAME_STARTED, guest, "\5\0\0\0", 4) == RELAY_GOES_ON);
}

static void sessions_are_translated_and_bounded(void) {
    static struct relay relay;
    static const uint8_t piece[STREAM_MAX_PIECE_BYTES];
    uint8_t credit[5] = {STREAM_OUTPUT};

    begin(&relay);
    struct client *owner = connect_client();
    struct client *other = connect_client();
    relay.owner = owner;
    CHECK(send_to(&relay, other, FRAME_CLOCK, 0, "12345678", 8) == -1);
    CHECK(send_to(&relay, owner, FRAME_CLOCK, 0, "12345678", 8) == 0);
    run_session(&relay, owner, 1, MAIN_SESSION);
    CHECK(relay.main_started);
    run_session(&relay, other, 1, 2);
    CHECK(send_to(&relay, other, FRAME_START, 1, "\1", 1) == -1);
    CHECK(say(&relay, FRAME_STARTED, 2, "\5\0\0\0", 4) == RELAY_BROKEN);
    CHECK(say(&relay, FRAME_OUTPUT, 3, "x", 1) == RELAY_BROKEN);
    CHECK(say(&relay, FRAME_OUTPUT, 2, "", 0) == RELAY_BROKEN);
    for (int i = 0; i < STREAM_WINDOW_BYTES / STREAM_MAX_PIECE_BYTES; i++)
        CHECK(say(&relay, FRAME_OUTPUT, 2, piece, sizeof piece) == RELAY_GOES_ON);
    CHECK(say(&relay, FRAME_OUTPUT, 2, "x", 1) == RELAY_BROKEN);
    put_u32(credit + 1, STREAM_WINDOW_BYTES + 1);
    CHECK(send_to(&relay, other, FRAME_CREDIT, 1, credit, sizeof credit) == -1);
    put_u32(credit + 1, 1);
    CHECK(send_to(&relay, other, FRAME_CREDIT, 1, credit, sizeof credit) == 0);
    CHECK(say(&relay, FRAME_OUTPUT, 2, "x", 1) == RELAY_GOES_ON);
    CHECK(say(&relay, FRAME_INPUT_CREDIT, 2, "\1\0\0\0", 4) == RELAY_BROKEN);
    CHECK(send_to(&relay, other, FRAME_INPUT, 1, "abc", 3) == 0);
    CHECK(say(&relay, FRAME_INPUT_CREDIT, 2, "\3\0\0\0", 4) == RELAY_GOES_ON);
    CHECK(send_to(&relay, other, FRAME_INPUT, 1, "", 0) == 0);
    CHECK(send_to(&relay, other, FRAME_INPUT, 1, "d", 1) == -1);
    CHECK(say(&relay, FRAME_EXIT, 2, "\0\0", 2) == RELAY_GOES_ON);
    CHECK(send_to(&relay, other, FRAME_SIGNAL, 1, "\17", 1) == 0);
    CHECK(say(&relay, FRAME_EXIT, MAIN_SESSION, "\0\3", 2) == RELAY_MAIN_ENDED);
    client_close(owner);
    client_close(other);
    queue_clear(&relay.guest);
}

/* Who is gone leaves no session behind that the guest would wait for, and the main one can be taken. */
static void clients_come_and_go(void) {
    static struct relay relay;
    static const uint8_t piece[STREAM_MAX_PIECE_BYTES];

    begin(&relay);
    struct client *owner = connect_client();
    struct client *other = connect_client();
    relay.owner = owner;
    run_session(&relay, owner, 1, MAIN_SESSION);
    CHECK(relay_attach(&relay, other, 7) == -1);
    CHECK(say(&relay, FRAME_OUTPUT, MAIN_SESSION, piece, sizeof piece) == RELAY_GOES_ON);
    relay_forget_client(&relay, owner);
    client_close(owner);
    for (int i = 0; i < 100; i++) /* nobody listens: the relay gives credit itself */
        CHECK(say(&relay, FRAME_OUTPUT, MAIN_SESSION, piece, sizeof piece) == RELAY_GOES_ON);
    CHECK(relay_attach(&relay, other, 7) == 0);
    CHECK(relay_attach(&relay, other, 8) == -1);
    run_session(&relay, other, 1, 2);
    CHECK(send_to(&relay, other, FRAME_ARGUMENT, 2, "x", 1) == 0);
    size_t before = queue_used(&relay.guest);
    relay_forget_client(&relay, other);
    CHECK(queue_used(&relay.guest) >= before + 2 * FRAME_HEADER_BYTES);
    client_close(other);
    CHECK(route_of_guest(&relay.routes, 2) != NULL && route_of_guest(&relay.routes, 3) == NULL);
    CHECK(say(&relay, FRAME_EXIT, 2, "\1\11", 2) == RELAY_GOES_ON);
    queue_clear(&relay.guest);
}

static void too_many_sessions_are_refused(void) {
    static struct relay relay;

    begin(&relay);
    struct client *client = connect_client();
    for (uint16_t local = 1; local <= MAX_ROUTES + 5; local++) {
        CHECK(send_to(&relay, client, FRAME_ARGUMENT, local, "x", 1) == 0);
        CHECK(send_to(&relay, client, FRAME_START, local, "\0", 1) == 0);
    }
    CHECK(route_of_guest(&relay.routes, MAX_ROUTES + 2) == NULL);
    relay_forget_client(&relay, client);
    client_close(client);
    queue_clear(&relay.guest);
}

static void random_talk_stays_in_bounds(unsigned rounds) {
    static struct relay relay;
    static uint8_t payload[STREAM_MAX_PIECE_BYTES + 1];
    struct client *clients[3];

    for (unsigned round = 0; round < rounds; round++) {
        begin(&relay);
        for (int i = 0; i < 3; i++) clients[i] = connect_client();
        relay.owner = clients[0];
        for (int step = 0; step < 60; step++) {
            uint32_t length = random_below(4) ? random_below(8) : random_below(sizeof payload);
            for (uint32_t i = 0; i < length && i < 16; i++) payload[i] = (uint8_t)random_below(4);
            uint8_t type = (uint8_t)(random_below(2) ? 0x10 + random_below(0x18) : random_below(256));
            uint8_t guest_type = (uint8_t)(0x80 + random_below(0x40));
            if (random_below(3) > 0)
                (void)!send_to(&relay, clients[random_below(3)], type, (uint16_t)random_below(4),
                               payload, length);
            else
                (void)say(&relay, guest_type, (uint16_t)random_below(5), payload, length);
            if (random_below(20) == 0) relay_forget_client(&relay, clients[random_below(3)]);
            if (random_below(20) == 0)
                (void)!relay_attach(&relay, clients[random_below(3)], (uint16_t)random_below(4));
            CHECK(queue_used(&relay.guest) <= relay.guest.limit_bytes);
        }
        for (int i = 0; i < 3; i++) {
            relay_forget_client(&relay, clients[i]);
            client_close(clients[i]);
        }
        queue_clear(&relay.guest);
    }
}

static int take(struct plan *plan, uint8_t type, const char *payload, uint32_t length) {
    struct frame frame = frame_of(type, 0, (const uint8_t *)payload, length);
    return plan_take(plan, &frame);
}

static void plans_are_checked(void) {
    static struct plan plan;
    const char launch[] = "\0\0\1\0\0\0\0\0\17\1";

    plan_begin(&plan);
    CHECK(take(&plan, MONITOR_PROCESS_ARGUMENT, "/x", 2) == -1);
    CHECK(take(&plan, MONITOR_LAUNCH, launch, 10) == -1);
    CHECK(take(&plan, MONITOR_PROCESS, "\0", 1) == 0);
    CHECK(take(&plan, MONITOR_PROCESS_ARGUMENT, "relative", 8) == 0);
    CHECK(take(&plan, MONITOR_LAUNCH, launch, 10) == -1);
    plan_clear(&plan);
    CHECK(take(&plan, MONITOR_PROCESS, "\0", 1) == 0);
    CHECK(take(&plan, MONITOR_PROCESS_ARGUMENT, "/bin/vmm", 8) == 0);
    CHECK(take(&plan, MONITOR_PROCESS_ARGUMENT, "a\0b", 3) == -1);
    CHECK(take(&plan, MONITOR_PROCESS_CONFIGURATION, "12", 2) == 0);
    CHECK(take(&plan, MONITOR_PROCESS_CONFIGURATION, "34", 2) == 0);
    CHECK(plan.processes[0].configuration_bytes == 4);
    CHECK(take(&plan, MONITOR_PROCESS_SOCKET, "s", 1) == -1);
    CHECK(take(&plan, MONITOR_PROCESS, "\1", 1) == 0);
    CHECK(take(&plan, MONITOR_PROCESS_ARGUMENT, "/bin/helper", 11) == 0);
    CHECK(take(&plan, MONITOR_LAUNCH, launch, 10) == -1);
    CHECK(take(&plan, MONITOR_PROCESS_SOCKET, "s", 1) == 0);
    CHECK(take(&plan, MONITOR_LAUNCH, launch, 9) == -1);
    CHECK(take(&plan, MONITOR_LAUNCH, launch, 10) == 0);
    CHECK(plan.complete && plan.stop_signal == 15 && plan.keeps_record);
    CHECK(take(&plan, MONITOR_PROCESS, "\1", 1) == -1);
    plan_clear(&plan);
}

static void random_plans_stay_in_bounds(unsigned rounds) {
    static struct plan plan;
    char payload[64];

    for (unsigned round = 0; round < rounds; round++) {
        plan_begin(&plan);
        for (int step = 0; step < 80; step++) {
            uint32_t length = random_below(sizeof payload);
            for (uint32_t i = 0; i < length; i++) payload[i] = (char)random_below(3);
            payload[0] = (char)(random_below(3) ? '/' : random_below(2));
            (void)!take(&plan, (uint8_t)(MONITOR_PROCESS + random_below(7)), payload,
                        random_below(4) ? 1 : length);
        }
        plan_clear(&plan);
    }
}

static void consoles_keep_their_end(void) {
    static struct console console;
    uint8_t bytes[CONSOLE_BYTES + 100];

    for (unsigned sum = 0; sum < 5 * CONSOLE_BYTES;) {
        unsigned length = random_below(sizeof bytes);
        for (unsigned i = 0; i < length; i++) bytes[i] = (uint8_t)((sum + i) % 251);
        console_add(&console, bytes, length);
        sum += length;
        for (size_t i = 0; i < console.used; i++)
            CHECK(console.bytes[i] == (sum - console.used + i) % 251);
    }
    CHECK(console.used == CONSOLE_BYTES);
}

int main(int count, char **arguments) {
    unsigned rounds = begin_rounds(count, arguments);
    sessions_are_translated_and_bounded();
    clients_come_and_go();
    too_many_sessions_are_refused();
    random_talk_stays_in_bounds(rounds);
    plans_are_checked();
    random_plans_stay_in_bounds(rounds);
    consoles_keep_their_end();
    puts("ok");
    return 0;
}
