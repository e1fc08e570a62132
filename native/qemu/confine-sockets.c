#include "confinement.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "guard-mark.h"

/* System calls of x32, the other convention of this architecture. */
#define FIRST_X32_CALL 0x40000000U

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(field))
#define JUMP(condition, value, yes, no) BPF_JUMP(BPF_JMP | (condition) | BPF_K, value, yes, no)
#define RETURN(verdict) BPF_STMT(BPF_RET | BPF_K, verdict)
#define LOW(index) (offsetof(struct seccomp_data, args) + 8U * (index))
#define HIGH(index) (LOW(index) + 4U)

/* connect() has a sixth argument, and the flags of sendto() an upper half, that the kernel ignores. */
int confine_sockets(void) {
    struct sock_filter instructions[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        JUMP(BPF_JEQ, AUDIT_ARCH_X86_64, 0, 12),
        LOAD(offsetof(struct seccomp_data, nr)),
        JUMP(BPF_JGE, FIRST_X32_CALL, 10, 0),
        JUMP(BPF_JEQ, SYS_connect, 0, 2),
        LOAD(LOW(5)),
        JUMP(BPF_JEQ, GUARD_MARK, 8, 7),
        JUMP(BPF_JEQ, SYS_sendto, 0, 7),
        /* Without a receiver it goes where the socket is connected to. */
        LOAD(LOW(4)),
        JUMP(BPF_JEQ, 0, 0, 2),
        LOAD(HIGH(4)),
        JUMP(BPF_JEQ, 0, 3, 0),
        LOAD(HIGH(3)),
        JUMP(BPF_JEQ, GUARD_MARK, 1, 0),
        RETURN(SECCOMP_RET_ERRNO | EACCES),
        RETURN(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {
        .len = sizeof instructions / sizeof *instructions,
        .filter = instructions,
    };

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
