#include "../platform.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscall-filter.h"

#define READ_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_FILES (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define CHANGE_DIRECTORIES                                                                             \
    (LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |        \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |      \
     LANDLOCK_ACCESS_FS_REFER)
#define EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
/* Newer than some headers. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

static int set_limits(void);
static int give_up_files(const struct configuration *configuration);
static int add_rules(int ruleset, const struct configuration *configuration, uint64_t known);
static int add_rule(int ruleset, const char *path, uint64_t access);

int platform_confine(const struct configuration *configuration) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || set_limits() != 0) return -1;
    if (give_up_files(configuration) != 0) return -1;
    return syscall_filter_install(configuration->has_sockets);
}

/* Each file that a guest has open on a volume is one of this process. */
static int set_limits(void) {
    struct rlimit files, none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0) return -1;
    files.rlim_cur = files.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &files);
}

/* Landlock, where the kernel has it. */
static int give_up_files(const struct configuration *configuration) {
    uint64_t known = READ_FILES | WRITE_FILES | CHANGE_DIRECTORIES | EXECUTE;
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return 0;
    if (version < 2) known &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
    if (version < 3) known &= ~(uint64_t)LANDLOCK_ACCESS_FS_TRUNCATE;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = known};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) return -1;
    if (add_rules(ruleset, configuration, known) != 0) return -1;
    int result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return result;
}

static int add_rules(int ruleset, const struct configuration *configuration, uint64_t known) {
    uint64_t read_file = LANDLOCK_ACCESS_FS_READ_FILE;
    uint64_t write_file = (read_file | WRITE_FILES) & known;

    if (add_rule(ruleset, "/dev/kvm", write_file) != 0) return -1;
    if (add_rule(ruleset, configuration->kernel, read_file) != 0) return -1;
    if (add_rule(ruleset, configuration->initramfs, read_file) != 0) return -1;
    for (size_t i = 0; i < configuration->disk_count; i++) {
        const struct disk *disk = &configuration->disks[i];
        if (disk->format == DISK_PARTS) continue;
        if (add_rule(ruleset, disk->path, disk->is_read_only ? read_file : write_file) != 0) return -1;
    }
    for (size_t i = 0; i < configuration->volume_count; i++) {
        const struct volume *volume = &configuration->volumes[i];
        uint64_t all = known & ~(uint64_t)EXECUTE;
        if (add_rule(ruleset, volume->path, volume->is_read_only ? READ_FILES : all) != 0) return -1;
    }
    /* What is in no directory, as a pipe or a disk of parts, needs no rule, and takes none. */
    if (add_rule(ruleset, "/proc/self/fd/1", write_file) != 0 && errno != EBADFD) return -1;
    return 0;
}

static int add_rule(int ruleset, const char *path, uint64_t access) {
    struct landlock_path_beneath_attr rule = {.allowed_access = access};

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) return -1;
    int result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int error = errno;
    close(rule.parent_fd);
    errno = error;
    return result;
}
