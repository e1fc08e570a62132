#include "access.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../common/landlock.h"

#define READ_FILES (FILES_READ_FILE | FILES_READ_DIRECTORY)
#define WRITE_FILES (FILES_READ_FILE | FILES_WRITE_FILE | FILES_TRUNCATE)
#define CHANGE_FILES (READ_FILES | WRITE_FILES | FILES_CHANGE_DIRECTORY | FILES_REFER)

static struct landlock_ruleset everything(long version, const struct configuration *configuration);
static int add_files(int ruleset, const struct configuration *configuration, uint64_t known);
static int add_file(int ruleset, const char *path, uint64_t allowed);
static int add_ports(int ruleset, const struct configuration *configuration, uint64_t known);

int access_restrict(const struct configuration *configuration) {
    long version = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_SAY_VERSION);

    if (version < LANDLOCK_FILES_SINCE) return 0;
    struct landlock_ruleset handled = everything(version, configuration);
    int ruleset = (int)syscall(LANDLOCK_CREATE_RULESET, &handled, sizeof handled, 0);
    if (ruleset < 0) return -1;
    int result = add_files(ruleset, configuration, handled.files);
    if (result == 0) result = add_ports(ruleset, configuration, handled.ports);
    if (result == 0) result = (int)syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0);
    close(ruleset);
    return result;
}

/* Returns what this version can refuse. Where a guest reaches out, all ports are its own to choose. */
static struct landlock_ruleset everything(long version, const struct configuration *configuration) {
    struct landlock_ruleset all = {.files = READ_FILES | FILES_WRITE_FILE | FILES_EXECUTE};

    all.files |= FILES_CHANGE_DIRECTORY;
    if (version >= LANDLOCK_REFER_SINCE) all.files |= FILES_REFER;
    if (version >= LANDLOCK_TRUNCATE_SINCE) all.files |= FILES_TRUNCATE;
    if (version >= LANDLOCK_PORTS_SINCE) {
        all.ports = PORTS_BIND_TCP;
        if (!configuration->has_sockets || configuration->is_restricted) all.ports |= PORTS_CONNECT_TCP;
    }
    if (version >= LANDLOCK_SCOPES_SINCE) all.scopes = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
    return all;
}

static int add_files(int ruleset, const struct configuration *configuration, uint64_t known) {
    uint64_t write_file = WRITE_FILES & known;

    if (add_file(ruleset, "/dev/kvm", write_file) != 0) return -1;
    if (add_file(ruleset, configuration->kernel, FILES_READ_FILE) != 0) return -1;
    if (add_file(ruleset, configuration->initramfs, FILES_READ_FILE) != 0) return -1;
    for (size_t i = 0; i < configuration->disk_count; i++) {
        const struct disk *disk = &configuration->disks[i];
        if (disk->format == DISK_PARTS) continue;
        if (add_file(ruleset, disk->path, disk->is_read_only ? FILES_READ_FILE : write_file) != 0)
            return -1;
    }
    for (size_t i = 0; i < configuration->volume_count; i++) {
        const struct volume *volume = &configuration->volumes[i];
        uint64_t allowed = volume->is_read_only ? READ_FILES : CHANGE_FILES & known;
        if (add_file(ruleset, volume->path, allowed) != 0) return -1;
    }
    /* What is in no directory, as a pipe or a disk of parts, needs no rule, and takes none. */
    if (add_file(ruleset, "/proc/self/fd/1", write_file) != 0 && errno != EBADFD) return -1;
    return 0;
}

static int add_file(int ruleset, const char *path, uint64_t allowed) {
    struct landlock_files_rule rule = {.allowed = allowed, .fd = open(path, O_PATH | O_CLOEXEC)};

    if (rule.fd < 0) return -1;
    int result = (int)syscall(LANDLOCK_ADD_RULE, ruleset, RULE_FILES, &rule, 0);
    int error = errno;
    close(rule.fd);
    errno = error;
    return result;
}

/* The guest finds its own ports where they listen on the host. */
static int add_ports(int ruleset, const struct configuration *configuration, uint64_t known) {
    for (size_t i = 0; known != 0 && i < configuration->port_count; i++) {
        struct landlock_port_rule rule = {.allowed = known, .port = configuration->ports[i].host_port};
        if (syscall(LANDLOCK_ADD_RULE, ruleset, RULE_PORTS, &rule, 0) != 0) return -1;
    }
    return 0;
}
