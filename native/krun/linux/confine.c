#include "../platform.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "access.h"
#include "syscall-filter.h"

#define ONE(capability) (1U << (capability))
/* What a guest's users take in a shared directory that root shares; low ports. All are below 32. */
#define KEPT_CAPABILITIES                                                                              \
    (ONE(CAP_CHOWN) | ONE(CAP_DAC_OVERRIDE) | ONE(CAP_DAC_READ_SEARCH) | ONE(CAP_FOWNER) |            \
     ONE(CAP_FSETID) | ONE(CAP_SETUID) | ONE(CAP_SETGID) | ONE(CAP_MKNOD) | ONE(CAP_SETFCAP) |        \
     ONE(CAP_NET_BIND_SERVICE))

static int set_limits(void);
static int drop_capabilities(void);

int platform_confine(const struct configuration *configuration) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || set_limits() != 0) return -1;
    if (access_restrict(configuration) != 0 || drop_capabilities() != 0) return -1;
    return syscall_filter_install(configuration->has_sockets);
}

/* Each file that a guest has open on a volume is one of this process. */
static int set_limits(void) {
    struct rlimit files, none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0) return -1;
    files.rlim_cur = files.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &files);
}

/* Those of root, or of the owner of the namespace that read-only volumes are in. */
static int drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];

    if (syscall(SYS_capget, &header, sets) != 0) return -1;
    for (int half = 0; half < 2; half++) {
        uint32_t kept = half == 0 ? KEPT_CAPABILITIES : 0;
        sets[half].permitted &= kept;
        sets[half].effective &= kept;
        sets[half].inheritable = 0;
    }
    return (int)syscall(SYS_capset, &header, sets);
}
