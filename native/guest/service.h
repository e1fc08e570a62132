/*
 * What the guest program does itself when the host asks for a service instead of a program
 * (docs/formats/guest-protocol.md, "Services"). It runs in a process of its own, as root.
 */
#ifndef MONO_GUEST_SERVICE_H
#define MONO_GUEST_SERVICE_H

/*
 * Runs the service that arguments[0] names, on the standard streams.
 *
 * Returns:
 *  its exit code: 0, 1 after a message on standard error, 127 when there is no such service.
 */
int service_run(char *const arguments[]);

#endif
