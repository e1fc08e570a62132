/*
 * Carries frames between the clients and the guest: sessions get the guest's numbers, credit is
 * counted, and what nobody listens to is taken and forgotten (docs/formats/monitor-protocol.md,
 * "Sessions").
 */
#ifndef MONO_MONITOR_RELAY_H
#define MONO_MONITOR_RELAY_H

#include "record.h"
#include "route.h"

/* While more than this waits for the guest, clients' frames for it wait too. */
#define GUEST_QUEUE_HIGH_BYTES 262144

struct relay {
    struct routes routes;
    struct queue guest; /* on its way to the guest */
    struct log log;
    struct client *owner; /* who speaks for the machine; NULL: nobody any more */
    bool has_greeted; /* the guest has introduced itself */
    bool main_opened;
    bool main_started;
};

/* Returns whether the guest may be sent more. */
bool relay_has_room(const struct relay *relay);

/*
 * Takes a frame of a client that is meant for the guest.
 *
 * Returns:
 *  0, or -1 when the client has broken the protocol.
 */
int relay_from_client(struct relay *relay, struct client *client, const struct frame *frame);

enum relay_result {
    RELAY_BROKEN = -1,  /* the guest has broken the protocol */
    RELAY_GOES_ON = 0,
    RELAY_MAIN_ENDED,   /* the frame is the EXIT of the main session */
    RELAY_MAIN_FAILED,  /* the frame is an ERROR of the main session or of the machine */
};

/* Takes a frame of the guest. */
enum relay_result relay_from_guest(struct relay *relay, const struct frame *frame);

/* Lets the client's session `local` be the main session. Returns 0, or -1 when another has it. */
int relay_attach(struct relay *relay, struct client *client, uint16_t local);

/* Sends a signal to the main process, if it runs. */
void relay_signal_main(struct relay *relay, uint8_t number);

/* Deals with the sessions of a client that is gone. */
void relay_forget_client(struct relay *relay, struct client *client);

#endif
