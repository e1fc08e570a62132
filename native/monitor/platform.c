#include "platform.h"

#include <unistd.h>

#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

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

void platform_close_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0) return;
#endif
    long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < limit; fd++) close(fd);
}
