#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "execute.h"
#include "files.h"
#include "identity.h"
#include "service.h"
#include "terminal.h"

/* Larger files of users or groups are cut there. */
#define MAX_DATABASE_BYTES (4u << 20)

/* The descriptors of a process that is being made: its own ends and ours. */
struct ends {
    int own[3];
    struct launched ours;
};

static int resolve_user(const struct process_spec *spec, struct identity *identity);
static int add_default_variables(struct process_spec *spec, const struct identity *identity);
static int open_streams(const struct process_spec *spec, struct ends *ends);
static int open_pipe(int *own, int *ours, bool we_write);
static void close_own(struct ends *ends);
static void close_ours(struct ends *ends);
static int fork_process(const struct process_spec *spec, const struct identity *identity,
                        struct ends *ends, struct launch_failure *why);
static void become(const struct process_spec *spec, const struct identity *identity,
                   const struct ends *ends, int report) __attribute__((noreturn));
static struct launch_failure prepare(const struct process_spec *spec,
                                     const struct identity *identity, const struct ends *ends);

int launch(struct process_spec *spec, struct launched *launched, struct launch_failure *why) {
    static struct identity identity;
    struct ends ends = {{-1, -1, -1}, {-1, -1, -1, -1}};

    *why = (struct launch_failure){resolve_user(spec, &identity), 0};
    if (why->failure != 0) return -1;
    if (add_default_variables(spec, &identity) != 0) {
        *why = (struct launch_failure){FAILURE_RESOURCES, E2BIG};
        return -1;
    }
    int result = open_streams(spec, &ends);
    if (result != 0)
        *why = (struct launch_failure){spec->terminal ? FAILURE_TERMINAL : FAILURE_RESOURCES, errno};
    else
        result = fork_process(spec, &identity, &ends, why);
    close_own(&ends);
    if (result != 0) close_ours(&ends);
    *launched = ends.ours;
    return result;
}

static int resolve_user(const struct process_spec *spec, struct identity *identity) {
    struct text passwd = {NULL, 0};
    struct text group = {NULL, 0};

    char *passwd_bytes = file_read("/etc/passwd", MAX_DATABASE_BYTES, &passwd.length_bytes);
    char *group_bytes = file_read("/etc/group", MAX_DATABASE_BYTES, &group.length_bytes);
    passwd.bytes = passwd_bytes;
    group.bytes = group_bytes;
    int failure = identity_resolve(spec->user, passwd, group, identity);
    free(passwd_bytes);
    free(group_bytes);
    return failure;
}

/* What docker gives a process that has not got it. */
static int add_default_variables(struct process_spec *spec, const struct identity *identity) {
    char hostname[65] = "";

    gethostname(hostname, sizeof hostname - 1);
    if (spec_default_variable(spec, "PATH", EXECUTE_DEFAULT_PATH) != 0) return -1;
    if (spec_default_variable(spec, "HOME", identity->home) != 0) return -1;
    if (spec_default_variable(spec, "HOSTNAME", hostname) != 0) return -1;
    return spec->terminal ? spec_default_variable(spec, "TERM", "xterm") : 0;
}

static int open_streams(const struct process_spec *spec, struct ends *ends) {
    if (spec->terminal) {
        int controller;
        if (terminal_open(spec->rows, spec->columns, &controller, &ends->own[0]) != 0) return -1;
        ends->own[1] = ends->own[2] = ends->own[0];
        ends->ours.output = ends->ours.input = controller;
        return 0;
    }
    if (spec->with_input) {
        if (open_pipe(&ends->own[0], &ends->ours.input, true) != 0) return -1;
    } else {
        ends->own[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (ends->own[0] < 0) return -1;
    }
    if (open_pipe(&ends->own[1], &ends->ours.output, false) != 0) return -1;
    return open_pipe(&ends->own[2], &ends->ours.error_output, false);
}

static int open_pipe(int *own, int *ours, bool we_write) {
    int both[2];

    if (pipe2(both, O_CLOEXEC) != 0) return -1;
    *own = both[we_write ? 0 : 1];
    *ours = both[we_write ? 1 : 0];
    return fcntl(*ours, F_SETFL, O_NONBLOCK);
}

static void close_own(struct ends *ends) {
    for (int i = 0; i < 3; i++)
        if (ends->own[i] >= 0 && (i == 0 || ends->own[i] != ends->own[0])) close(ends->own[i]);
}

static void close_ours(struct ends *ends) {
    struct launched *ours = &ends->ours;
    if (ours->input >= 0 && ours->input != ours->output) close(ours->input);
    if (ours->output >= 0) close(ours->output);
    if (ours->error_output >= 0) close(ours->error_output);
}

/* The pipe `report` closes when the program is replaced, and carries the failure when it is not. */
static int fork_process(const struct process_spec *spec, const struct identity *identity,
                        struct ends *ends, struct launch_failure *why) {
    int report[2];

    *why = (struct launch_failure){FAILURE_RESOURCES, 0};
    if (pipe2(report, O_CLOEXEC) != 0) {
        why->error = errno;
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) become(spec, identity, ends, report[1]);
    why->error = errno;
    close(report[1]);
    ssize_t got = -1;
    while (pid > 0 && (got = read(report[0], why, sizeof *why)) < 0 && errno == EINTR) continue;
    close(report[0]);
    ends->ours.pid = pid;
    if (got == 0) return 0;
    if (pid > 0) waitpid(pid, NULL, 0);
    return -1;
}

static void become(const struct process_spec *spec, const struct identity *identity,
                   const struct ends *ends, int report) {
    struct launch_failure why = prepare(spec, identity, ends);

    if (why.failure == 0 && spec->is_service) {
        close(report);
        _exit(service_run(spec->arguments.items));
    }
    if (why.failure == 0) {
        why.error = execute(spec->arguments.items, spec->variables.items,
                            spec_variable(spec, "PATH"));
        why.failure = execute_is_missing(why.error) ? FAILURE_COMMAND_NOT_FOUND
                                                    : FAILURE_COMMAND_NOT_EXECUTABLE;
    }
    while (write(report, &why, sizeof why) < 0 && errno == EINTR) continue;
    _exit(127);
}

static struct launch_failure prepare(const struct process_spec *spec,
                                     const struct identity *identity, const struct ends *ends) {
    const struct rlimit files = {1024, 524288}; /* as systemd: a low soft limit keeps select safe */
    const struct rlimit cores = {0, RLIM_INFINITY};
    const char *directory = spec->directory != NULL ? spec->directory : "/";
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    for (int i = 0; i < 3; i++) {
        /* So that the user may open /dev/stdout anew. */
        if (ends->own[i] >= 0 && (spec->with_input || i > 0 || spec->terminal))
            (void)!fchown(ends->own[i], identity->uid, (gid_t)-1);
        if (dup2(ends->own[i], i) < 0) return (struct launch_failure){FAILURE_RESOURCES, errno};
    }
    if (spec->terminal && ioctl(0, TIOCSCTTY, 0) != 0)
        return (struct launch_failure){FAILURE_TERMINAL, errno};
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_CORE, &cores);
    file_write("/proc/self/oom_score_adj", "0");
    umask(0022);
    if (directory_create(directory, 0755) != 0)
        return (struct launch_failure){FAILURE_DIRECTORY, errno};
    if (setgroups(identity->group_count, identity->groups) != 0 || setgid(identity->gid) != 0 ||
        setuid(identity->uid) != 0)
        return (struct launch_failure){FAILURE_IDENTITY, errno};
    if (chdir(directory) != 0) return (struct launch_failure){FAILURE_DIRECTORY, errno};
    return (struct launch_failure){0, 0};
}
