#include "platform.h"

#include <unistd.h>

#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>

int platform_bind_to_parent(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return getppid() == parent ? 0 : -1;
}
#else
/* Elsewhere the VMM ends because its guest restarts when the channel hangs up. */
int platform_bind_to_parent(pid_t parent) {
    return getppid() == parent ? 0 : -1;
}
#endif
