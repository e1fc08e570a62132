/*
 * Files, ports and processes that are out of this process's reach for good: Landlock, as far as the
 * kernel has it.
 */
#ifndef MONO_KRUN_ACCESS_H
#define MONO_KRUN_ACCESS_H

#include "../configuration.h"

/*
 * Leaves this process and its threads to come the files of the configuration and /dev/kvm; the
 * forwarded ports to listen on; and, where the guest may not reach out, these also to connect to. Needs
 * "no new privileges".
 *
 * Returns:
 *  0, or -1 with errno set; 0 also on a kernel without Landlock.
 */
int access_restrict(const struct configuration *configuration);

#endif
