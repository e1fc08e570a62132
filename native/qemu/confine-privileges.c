#include "confinement.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_FREE_PORT 1024
/* Highest number of a capability that a kernel may come to have. */
#define LAST_CAPABILITY 63

static int limit_capabilities(uint64_t kept);
static uint64_t needed_capabilities(const struct confinement *confinement);

int confine_privileges(const struct confinement *confinement) {
    struct rlimit none = {0, 0};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0) return -1;
    return limit_capabilities(needed_capabilities(confinement));
}

static uint64_t needed_capabilities(const struct confinement *confinement) {
    uint64_t needed = 1ULL << CAP_DAC_OVERRIDE;

    for (size_t i = 0; i < confinement->port_count; i++)
        if (confinement->ports[i] < FIRST_FREE_PORT) needed |= 1ULL << CAP_NET_BIND_SERVICE;
    return needed;
}

/*
 * What a program of root has after it is started is what the bounding set leaves it. An ordinary user
 * has no capabilities, and may not change that set.
 */
static int limit_capabilities(uint64_t kept) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];

    for (int number = 0; number <= LAST_CAPABILITY; number++)
        if ((kept >> number & 1) == 0 && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0 &&
            errno != EINVAL && errno != EPERM)
            return -1;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return -1;
    if (syscall(SYS_capget, &header, sets) != 0) return -1;
    for (int i = 0; i < 2; i++) {
        sets[i].permitted &= (uint32_t)(kept >> (32 * i));
        sets[i].effective &= (uint32_t)(kept >> (32 * i));
        sets[i].inheritable = 0;
    }
    return (int)syscall(SYS_capset, &header, sets);
}
