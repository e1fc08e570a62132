#include "confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "landlock.h"

#define READ (FILES_READ_FILE | FILES_READ_DIRECTORY)
#define WRITE (FILES_READ_FILE | FILES_WRITE_FILE | FILES_TRUNCATE)

static struct landlock_ruleset everything(long version);
static int add_rules(int ruleset, const struct landlock_ruleset *handled,
                     const struct confinement *confinement);
static int add_file(int ruleset, const char *path, uint64_t allowed);
static int add_port(int ruleset, uint16_t port);

int confine_files(const struct confinement *confinement) {
    long version = landlock_version();

    if (version < LANDLOCK_FILES_SINCE) return 0;
    struct landlock_ruleset handled = everything(version);
    int ruleset = (int)syscall(LANDLOCK_CREATE_RULESET, &handled, sizeof handled, 0);
    if (ruleset < 0) return -1;
    int result = add_rules(ruleset, &handled, confinement);
    if (result == 0) result = (int)syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0);
    close(ruleset);
    return result;
}

long landlock_version(void) {
    long version = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_SAY_VERSION);
    return version < 0 ? 0 : version;
}

/*
 * Returns all that this version can refuse. Running programs is not among it: QEMU's own filter
 * refuses that.
 */
static struct landlock_ruleset everything(long version) {
    struct landlock_ruleset all = {.files = READ | FILES_WRITE_FILE | FILES_CHANGE_DIRECTORY};

    if (version >= LANDLOCK_REFER_SINCE) all.files |= FILES_REFER;
    if (version >= LANDLOCK_TRUNCATE_SINCE) all.files |= FILES_TRUNCATE;
    if (version >= LANDLOCK_PORTS_SINCE) all.ports = PORTS_BIND_TCP;
    if (version >= LANDLOCK_SCOPES_SINCE) all.scopes = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
    return all;
}

static int add_rules(int ruleset, const struct landlock_ruleset *handled,
                     const struct confinement *confinement) {
    for (size_t i = 0; i < confinement->readable_count; i++)
        if (add_file(ruleset, confinement->readable[i], READ) != 0) return -1;
    for (size_t i = 0; i < confinement->writable_count; i++)
        if (add_file(ruleset, confinement->writable[i], WRITE & handled->files) != 0) return -1;
    if (handled->ports == 0) return 0;
    for (size_t i = 0; i < confinement->port_count; i++)
        if (add_port(ruleset, confinement->ports[i]) != 0) return -1;
    return 0;
}

/* Only a directory can be given the right to list one. */
static int add_file(int ruleset, const char *path, uint64_t allowed) {
    struct landlock_files_rule rule = {.allowed = allowed};
    struct stat status;

    rule.fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.fd < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    int result = fstat(rule.fd, &status);
    if (result == 0) {
        if (!S_ISDIR(status.st_mode)) rule.allowed &= ~FILES_READ_DIRECTORY;
        result = (int)syscall(LANDLOCK_ADD_RULE, ruleset, RULE_FILES, &rule, 0);
    }
    int error = errno;
    close(rule.fd);
    errno = error;
    return result;
}

static int add_port(int ruleset, uint16_t port) {
    struct landlock_port_rule rule = {.allowed = PORTS_BIND_TCP, .port = port};
    return (int)syscall(LANDLOCK_ADD_RULE, ruleset, RULE_PORTS, &rule, 0);
}
