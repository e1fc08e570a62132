#include "syscall-filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no libkrun for this architecture"
#endif

/* The type of an ioctl command, which is that of its driver. */
#define COMMAND_TYPE 0xff00U
#define WHOLE 0xffffffffU
/* More than the lists come to; a kernel takes 4096. */
#define MAX_INSTRUCTIONS 1024

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(field))
#define JUMP(condition, value, yes, no) BPF_JUMP(BPF_JMP | (condition) | BPF_K, value, yes, no)
#define RETURN(verdict) BPF_STMT(BPF_RET | BPF_K, verdict)
#define NUMBER offsetof(struct seccomp_data, nr)
/* Their lower halves: what is compared has 32 bits on every kernel. */
#define ARGUMENT(index) (offsetof(struct seccomp_data, args) + 8U * (index))

/* A call that is made for some values of an argument only. The frequent ones come first. */
struct limited_call {
    long number;
    uint32_t argument;
    uint32_t mask;
    uint32_t wanted;
};

static const struct limited_call limited_calls[] = {
    {SYS_ioctl, 1, COMMAND_TYPE, KVMIO << 8},
    {SYS_ioctl, 1, WHOLE, FIONBIO},
    {SYS_ioctl, 1, WHOLE, TCGETS},
    {SYS_ioctl, 1, WHOLE, TIOCGWINSZ},
    /* No new code. */
    {SYS_mmap, 2, PROT_EXEC, 0},
    {SYS_mprotect, 2, PROT_EXEC, 0},
    /* Threads, no processes. The arguments of clone3 cannot be seen: without it there is clone. */
    {SYS_clone, 0, CLONE_THREAD, CLONE_THREAD},
    {SYS_prctl, 0, WHOLE, PR_SET_NAME},
};

static const struct limited_call limited_socket_calls[] = {
    {SYS_socket, 0, WHOLE, AF_INET},
    {SYS_socket, 0, WHOLE, AF_INET6},
};

static const long calls[] = {
    /* waiting and streams */
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_futex, SYS_epoll_pwait, SYS_ppoll, SYS_close,
    SYS_epoll_create1, SYS_epoll_ctl, SYS_eventfd2, SYS_pipe2, SYS_dup, SYS_dup3, SYS_fcntl,
    SYS_recvfrom, SYS_sendto, SYS_recvmsg, SYS_sendmsg, SYS_shutdown, SYS_pselect6,
#ifdef SYS_epoll_wait
    SYS_epoll_wait, SYS_poll, SYS_dup2, SYS_pause,
#endif
    /* disks */
    SYS_preadv, SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_pread64, SYS_pwrite64, SYS_lseek,
    SYS_fsync, SYS_fdatasync, SYS_fallocate, SYS_sync_file_range, SYS_fstat, SYS_statx,
    /* volumes: what a guest does in a shared directory; as root with the guest's own users */
    SYS_openat, SYS_newfstatat, SYS_readlinkat, SYS_getdents64, SYS_unlinkat, SYS_renameat,
    SYS_renameat2, SYS_mkdirat, SYS_mknodat, SYS_symlinkat, SYS_linkat, SYS_faccessat,
    SYS_faccessat2, SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat,
    SYS_truncate, SYS_ftruncate, SYS_copy_file_range, SYS_flock, SYS_statfs, SYS_fstatfs,
    SYS_syncfs, SYS_umask, SYS_getcwd, SYS_getxattr, SYS_lgetxattr, SYS_fgetxattr, SYS_setxattr,
    SYS_lsetxattr, SYS_fsetxattr, SYS_listxattr, SYS_llistxattr, SYS_flistxattr, SYS_removexattr,
    SYS_lremovexattr, SYS_fremovexattr, SYS_setresuid, SYS_setresgid, SYS_capget, SYS_capset,
#ifdef SYS_open
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink,
#endif
    /* memory and threads */
    SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_set_robust_list, SYS_rseq, SYS_gettid,
    SYS_getpid, SYS_tgkill, SYS_sched_yield, SYS_sched_getaffinity, SYS_rt_sigaction,
    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_restart_syscall, SYS_membarrier,
    SYS_exit, SYS_exit_group,
    /* time and chance */
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
    SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime, SYS_getrandom,
    /* what this host and this process are */
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_uname, SYS_sysinfo, SYS_getrlimit,
};

static const long socket_calls[] = {
    SYS_bind, SYS_connect, SYS_listen, SYS_accept, SYS_accept4, SYS_getsockname, SYS_getpeername,
    SYS_getsockopt, SYS_setsockopt,
};

struct program {
    struct sock_filter instructions[MAX_INSTRUCTIONS];
    unsigned short length;
};

static void add_start(struct program *program);
static void add_calls(struct program *program, const long *numbers, size_t count);
static void add_limited_calls(struct program *program, const struct limited_call *limited,
                              size_t count);
static void add(struct program *program, struct sock_filter instruction);
static int install(const struct program *program);

#define COUNT(array) (sizeof(array) / sizeof *(array))

int syscall_filter_install(bool with_sockets) {
    static struct program program;

    program.length = 0;
    add_start(&program);
    add_limited_calls(&program, limited_calls, COUNT(limited_calls));
    add_calls(&program, calls, COUNT(calls));
    if (with_sockets) {
        add_limited_calls(&program, limited_socket_calls, COUNT(limited_socket_calls));
        add_calls(&program, socket_calls, COUNT(socket_calls));
    }
    add(&program, (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | ENOSYS));
    return install(&program);
}

static void add_start(struct program *program) {
    add(program, (struct sock_filter)LOAD(offsetof(struct seccomp_data, arch)));
    add(program, (struct sock_filter)JUMP(BPF_JEQ, ARCHITECTURE, 1, 0));
    add(program, (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS));
    add(program, (struct sock_filter)LOAD(NUMBER));
}

static void add_calls(struct program *program, const long *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        add(program, (struct sock_filter)JUMP(BPF_JEQ, (uint32_t)numbers[i], 0, 1));
        add(program, (struct sock_filter)RETURN(SECCOMP_RET_ALLOW));
    }
}

/* Each leaves the number of the call where the next one expects it. */
static void add_limited_calls(struct program *program, const struct limited_call *limited,
                              size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct limited_call *call = &limited[i];
        add(program, (struct sock_filter)JUMP(BPF_JEQ, (uint32_t)call->number, 0, 5));
        add(program, (struct sock_filter)LOAD(ARGUMENT(call->argument)));
        add(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, call->mask));
        add(program, (struct sock_filter)JUMP(BPF_JEQ, call->wanted, 0, 1));
        add(program, (struct sock_filter)RETURN(SECCOMP_RET_ALLOW));
        add(program, (struct sock_filter)LOAD(NUMBER));
    }
}

static void add(struct program *program, struct sock_filter instruction) {
    program->instructions[program->length++] = instruction;
}

/* A kernel without filters knows no such operation. */
static int install(const struct program *program) {
    struct sock_fprog filter = {
        .len = program->length,
        .filter = (struct sock_filter *)program->instructions,
    };

    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    if (result == 0 || (result < 0 && errno == ENOSYS)) return 0;
    if (result > 0) errno = EBUSY; /* a thread has a filter of its own */
    return -1;
}
