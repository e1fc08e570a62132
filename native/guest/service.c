#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"
#include "root.h"
#include "tar.h"

#define NO_SUCH_SERVICE 127
#define COPY_BYTES 4096

static int write_upper(char *const arguments[]);
static int read_path(char *const arguments[]);
static int write_path(char *const arguments[]);
static int show_statistics(char *const arguments[]);
static int copy_file(const char *path);
static void allow_many_files(void);

static const struct {
    const char *name;
    int arguments; /* beside the name */
    int (*run)(char *const arguments[]);
} services[] = {
    {"export-writes", 0, write_upper},
    {"read-path", 1, read_path},
    {"write-path", 1, write_path},
    {"statistics", 0, show_statistics},
};

int service_run(char *const arguments[]) {
    int count = 0;

    while (arguments[count + 1] != NULL) count++;
    allow_many_files();
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (strcmp(services[i].name, arguments[0]) == 0 && services[i].arguments == count)
            return services[i].run(arguments + 1) == 0 ? 0 : 1;
    dprintf(2, "no such service: %.100s\n", arguments[0]);
    return NO_SUCH_SERVICE;
}

/* The directory that takes the writes, as it is: an overlay's marks and all. */
static int write_upper(char *const arguments[]) {
    (void)arguments;
    int upper = root_open_writes();
    if (upper < 0) return complain("open the writes");
    sync();
    if (tar_write_tree(upper, ".", ".") != 0) return -1;
    return tar_write_end();
}

/* A last component that is a symbolic link is copied as one, unless a slash follows it. */
static int read_path(char *const arguments[]) {
    static char whole[PATH_MAX], parent[PATH_MAX], name[PATH_MAX];
    size_t length = strlen(arguments[0]);

    if (length == 0 || length >= sizeof whole) {
        errno = ENAMETOOLONG;
        return complain(arguments[0]);
    }
    bool follows = arguments[0][length - 1] == '/';
    if (follows && realpath(arguments[0], whole) == NULL) return complain(arguments[0]);
    if (!follows) memcpy(whole, arguments[0], length + 1);
    memcpy(parent, whole, sizeof parent);
    memcpy(name, whole, sizeof name);
    int directory = open(dirname(parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *last = basename(name);
    struct stat status;
    bool is_root = strcmp(last, "/") == 0;
    if (directory < 0 || fstatat(directory, is_root ? "." : last, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return complain(arguments[0]);
    if (tar_write_tree(directory, is_root ? "." : last, is_root ? "." : last) != 0) return -1;
    return tar_write_end();
}

/* Into the directory that the path is, or under the name that it gives beside an existing parent. */
static int write_path(char *const arguments[]) {
    static char parent[PATH_MAX], name[PATH_MAX];
    size_t length = strlen(arguments[0]);

    int directory = open(arguments[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) return tar_read_tree(directory, NULL);
    if (length == 0 || length >= sizeof parent || arguments[0][length - 1] == '/')
        return complain(arguments[0]);
    memcpy(parent, arguments[0], length + 1);
    memcpy(name, arguments[0], length + 1);
    directory = open(dirname(parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory < 0 ? complain(arguments[0]) : tar_read_tree(directory, basename(name));
}

/* What the host reads the use of processors, memory and network from. */
static int show_statistics(char *const arguments[]) {
    (void)arguments;
    if (copy_file("/proc/stat") != 0 || copy_file("/proc/meminfo") != 0) return -1;
    if (copy_file("/proc/loadavg") != 0) return -1;
    return copy_file("/proc/net/dev");
}

static int copy_file(const char *path) {
    char bytes[COPY_BYTES];
    ssize_t got;

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return complain(path);
    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        if (write(1, bytes, (size_t)got) != got) break;
    close(fd);
    return got == 0 ? 0 : complain(path);
}

/* A walk holds a descriptor for each level. */
static void allow_many_files(void) {
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}
