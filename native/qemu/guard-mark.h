/*
 * Sets calls that the socket guard has judged apart from others, in parts of their arguments that the
 * kernel ignores and its filter sees. It is no secret: it tells a guard that is there from one that is not.
 */
#ifndef MONO_GUARD_MARK_H
#define MONO_GUARD_MARK_H

#define GUARD_MARK 0x4d4f4e4fU

/* Name of the variable with the IPv4 address of the host's name server, for a guest with a network. */
#define GUARD_NAME_SERVER "MONO_NAME_SERVER"

#endif
