/*
 * Watches over one sandbox: starts its VMM, holds its guest's channel, serves mono processes over a
 * socket, keeps its log and the record of its end. It stays as long as the machine, and the machine
 * as long as it. Usage: mono-monitor, in the sandbox's own directory, with the owner's connection as
 * descriptor 3.
 *
 *   monitor.c  the loop                 relay.c, route.c   sessions of clients and guest
 *   state.c    what happens when        client.c, queue.c  connections
 *   plan.c     what is to be started    machine.c, spawn.c processes
 *   record.c   log, console, exit       platform.c         what Linux alone can
 */
#include <signal.h>
#include <stddef.h>

#include "monitor.h"
#include "platform.h"

#define OWNER_DESCRIPTOR 3

int main(void) {
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* What the caller of mono has open, a lock or a secret, is neither kept nor given to a machine. */
    platform_close_from(OWNER_DESCRIPTOR + 1);
    return monitor_serve(OWNER_DESCRIPTOR);
}
