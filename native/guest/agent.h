/* The loop of PID 1: frames of the host in, frames of the sessions out, dead processes reaped. */
#ifndef MONO_GUEST_AGENT_H
#define MONO_GUEST_AGENT_H

/*
 * Serves the host on the port until it hangs up, or until it has had ten seconds to do so after the
 * first session has ended.
 *
 * Arguments:
 *  port: the non-blocking descriptor of the channel.
 *
 * Returns:
 *  NULL after the first session has ended, otherwise why the machine ends before.
 */
const char *agent_serve(int port);

#endif
