#include "agent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "frame.h"
#include "little-endian.h"
#include "mounts.h"
#include "network.h"
#include "outbox.h"
#include "root.h"
#include "session.h"

/* Sessions at a time; each may own a window of memory. */
#define MAX_SESSIONS 64
/* The session whose end is the end of the sandbox. */
#define MAIN_SESSION 1
#define FAREWELL_MILLISECONDS 10000
#define MAX_HOSTNAME_BYTES 64
#define FIRST_SLOTS 2

struct agent {
    struct frame_reader reader;
    struct outbox outbox;
    struct session sessions[MAX_SESSIONS];
    struct launch_failure why; /* of the text that a take_ function has returned */
    bool has_root;
    bool finished;
};

static int open_child_signals(void);
static int serve_once(struct agent *agent, int children);
static int take_frames(struct agent *agent);
static const char *take_frame(struct agent *agent, const struct frame *frame);
static const char *take_machine_frame(struct agent *agent, const struct frame *frame);
static const char *take_root(struct agent *agent, const struct frame *frame);
static const char *take_hostname(struct agent *agent, const struct frame *frame);
static const char *take_network(struct agent *agent, const struct frame *frame);
static const char *take_mount(struct agent *agent, const struct frame *frame);
static const char *take_clock(const struct frame *frame);
static struct session *find_session(struct agent *agent, const struct frame *frame);
static void reap(struct agent *agent, int children);
static int finish_sessions(struct agent *agent);
static void give_up(struct agent *agent, const char *text);

const char *agent_serve(int port) {
    static struct agent agent;
    uint8_t version[2];

    agent.outbox.fd = port;
    int children = open_child_signals();
    put_u16(version, PROTOCOL_VERSION);
    int result = outbox_send(&agent.outbox, FRAME_GUEST_HELLO, 0, version, sizeof version);
    while (result == 0) result = serve_once(&agent, children);
    return agent.finished ? NULL : "the talk with the host has ended early";
}

static int open_child_signals(void) {
    sigset_t children;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    return signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* Waits for something to happen and deals with it. Returns 0, or -1 when the machine should end. */
static int serve_once(struct agent *agent, int children) {
    static struct pollfd slots[FIRST_SLOTS + MAX_SESSIONS * SESSION_POLL_SLOTS];

    slots[0] = (struct pollfd){.fd = agent->outbox.fd, .events = POLLIN};
    if (agent->outbox.used > 0) slots[0].events |= POLLOUT;
    slots[1] = (struct pollfd){.fd = children, .events = POLLIN};
    for (size_t i = 0; i < MAX_SESSIONS; i++)
        session_wants(&agent->sessions[i], &agent->outbox,
                      &slots[FIRST_SLOTS + i * SESSION_POLL_SLOTS]);
    int ready = poll(slots, sizeof slots / sizeof *slots, agent->finished ? FAREWELL_MILLISECONDS : -1);
    if (ready < 0) return errno == EINTR ? 0 : -1;
    if (ready == 0) return -1;
    if ((slots[0].revents & POLLOUT) && outbox_flush(&agent->outbox) != 0) return -1;
    for (size_t i = 0; i < MAX_SESSIONS; i++)
        if (session_move(&agent->sessions[i], &agent->outbox,
                         &slots[FIRST_SLOTS + i * SESSION_POLL_SLOTS]) != 0)
            return -1;
    if ((slots[0].revents & (POLLIN | POLLHUP | POLLERR)) && take_frames(agent) != 0) return -1;
    if (slots[1].revents != 0) reap(agent, children);
    return finish_sessions(agent);
}

static int take_frames(struct agent *agent) {
    struct frame frame;
    size_t room;
    int result;

    uint8_t *space = frame_reader_space(&agent->reader, &room);
    ssize_t got = read(agent->outbox.fd, space, room);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) return -1;
    frame_reader_filled(&agent->reader, (size_t)got);
    while ((result = frame_reader_next(&agent->reader, &frame)) > 0) {
        agent->why = (struct launch_failure){FAILURE_PROTOCOL, 0};
        const char *wrong = take_frame(agent, &frame);
        if (wrong == NULL) continue;
        give_up(agent, wrong);
        return -1;
    }
    if (result < 0) {
        agent->why = (struct launch_failure){FAILURE_PROTOCOL, 0};
        give_up(agent, "not a frame");
    }
    return result;
}

static const char *take_frame(struct agent *agent, const struct frame *frame) {
    if (frame->session == 0) return take_machine_frame(agent, frame);
    struct session *session = find_session(agent, frame);
    if (session == NULL) {
        bool opens = frame->type >= FRAME_ARGUMENT && frame->type <= FRAME_START;
        return opens ? "too many sessions" : NULL;
    }
    if (frame->type == FRAME_START && !agent->has_root) return "START before ROOT";
    if (frame->type == FRAME_START && root_seal() != 0) return "cannot make the root read-only";
    return session_take(session, frame, &agent->outbox);
}

static const char *take_machine_frame(struct agent *agent, const struct frame *frame) {
    switch (frame->type) {
    case FRAME_HELLO:
        if (frame->length_bytes != 2) return "HELLO has another length";
        return get_u16(frame->payload) == PROTOCOL_VERSION ? NULL : "another protocol version";
    case FRAME_CLOCK:
        return take_clock(frame);
    case FRAME_ROOT:
        return take_root(agent, frame);
    case FRAME_HOSTNAME:
        return take_hostname(agent, frame);
    case FRAME_NETWORK:
        return take_network(agent, frame);
    case FRAME_MOUNT:
        return take_mount(agent, frame);
    default:
        return "unknown frame type";
    }
}

static const char *take_root(struct agent *agent, const struct frame *frame) {
    if (agent->has_root) return "ROOT comes twice";
    if (frame->length_bytes != 1 || frame->payload[0] > ROOT_WRITES_DISK) return "ROOT is not valid";
    const char *failed = root_enter((enum root_writes)frame->payload[0]);
    if (failed != NULL) {
        agent->why = (struct launch_failure){FAILURE_ROOT, errno};
        return failed;
    }
    agent->has_root = true;
    network_start_loopback();
    return NULL;
}

static const char *take_hostname(struct agent *agent, const struct frame *frame) {
    char name[MAX_HOSTNAME_BYTES + 1];

    if (!agent->has_root) return "HOSTNAME before ROOT";
    if (frame->length_bytes == 0 || frame->length_bytes > MAX_HOSTNAME_BYTES ||
        memchr(frame->payload, 0, frame->length_bytes) != NULL)
        return "HOSTNAME is not valid";
    memcpy(name, frame->payload, frame->length_bytes);
    name[frame->length_bytes] = 0;
    if (root_set_hostname(name) == 0) return NULL;
    agent->why = (struct launch_failure){FAILURE_HOSTNAME, errno};
    return "set the host name";
}

static const char *take_network(struct agent *agent, const struct frame *frame) {
    struct network_settings settings;

    if (!agent->has_root) return "NETWORK before ROOT";
    if (frame->length_bytes != sizeof settings) return "NETWORK has another length";
    memcpy(&settings, frame->payload, sizeof settings);
    if (settings.kind < NETWORK_INTERFACE || settings.kind > NETWORK_SOCKETS ||
        settings.prefix_bits > 32)
        return "NETWORK is not valid";
    const char *failed = network_start(&settings);
    if (failed != NULL) agent->why = (struct launch_failure){FAILURE_NETWORK, errno};
    return failed;
}

static const char *take_mount(struct agent *agent, const struct frame *frame) {
    if (!agent->has_root) return "MOUNT before ROOT";
    const char *failed = mounts_add(frame);
    if (failed != NULL && errno != 0) agent->why = (struct launch_failure){FAILURE_MOUNT, errno};
    return failed;
}

static const char *take_clock(const struct frame *frame) {
    if (frame->length_bytes != 8) return "CLOCK has another length";
    uint64_t nanoseconds = get_u64(frame->payload);
    struct timespec now = {.tv_sec = (time_t)(nanoseconds / 1000000000u),
                           .tv_nsec = (long)(nanoseconds % 1000000000u)};
    clock_settime(CLOCK_REALTIME, &now);
    return NULL;
}

/* Finds the session of the frame, or a free place when the frame may open one. */
static struct session *find_session(struct agent *agent, const struct frame *frame) {
    struct session *unused = NULL;

    for (size_t i = 0; i < MAX_SESSIONS; i++) {
        struct session *session = &agent->sessions[i];
        if (session->state == SESSION_FREE) unused = session;
        else if (session->id == frame->session) return session;
    }
    if (unused == NULL || frame->type < FRAME_ARGUMENT || frame->type > FRAME_START) return NULL;
    unused->state = SESSION_COLLECTING;
    unused->id = frame->session;
    unused->process = (struct launched){-1, -1, -1, -1};
    return unused;
}

/* When the main process ends, so does everything else, as in a container. */
static void reap(struct agent *agent, int children) {
    struct signalfd_siginfo info;
    int status;
    pid_t pid;

    while (read(children, &info, sizeof info) > 0) continue;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < MAX_SESSIONS; i++) {
            struct session *session = &agent->sessions[i];
            if (session->state != SESSION_RUNNING || session->process.pid != pid) continue;
            session_ended(session, status);
            if (session->id != MAIN_SESSION) continue;
            kill(-1, SIGKILL);
            disks_finish();
        }
    }
}

static int finish_sessions(struct agent *agent) {
    for (size_t i = 0; i < MAX_SESSIONS; i++) {
        bool is_main = agent->sessions[i].id == MAIN_SESSION;
        int finished = session_finish(&agent->sessions[i], &agent->outbox);
        if (finished < 0) return -1;
        if (finished > 0 && is_main) agent->finished = true;
    }
    return 0;
}

/* Tells the host and gives it time to hear it; the port's end is noticed by the wait. */
static void give_up(struct agent *agent, const char *text) {
    struct pollfd port = {.fd = agent->outbox.fd, .events = 0};

    session_send_error(&agent->outbox, 0, agent->why, text);
    while (agent->outbox.used > 0) {
        struct pollfd ready = {.fd = agent->outbox.fd, .events = POLLOUT};
        if (poll(&ready, 1, FAREWELL_MILLISECONDS) <= 0 || outbox_flush(&agent->outbox) != 0) return;
    }
    poll(&port, 1, FAREWELL_MILLISECONDS);
}
