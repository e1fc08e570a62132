#include "execute.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int execute(char *const arguments[], char *const variables[], const char *path) {
    const char *name = arguments[0];
    char candidate[PATH_MAX];
    int best = ENOENT;

    if (*name == 0) return ENOENT;
    if (strchr(name, '/') != NULL) {
        execve(name, arguments, variables);
        return errno;
    }
    for (const char *at = path; at != NULL; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
        int width = (int)strcspn(at, ":");
        /* An empty part of PATH is the current directory. */
        int length = snprintf(candidate, sizeof candidate, "%.*s/%s", width > 0 ? width : 1,
                              width > 0 ? at : ".", name);
        if (length < 0 || (size_t)length >= sizeof candidate) continue;
        execve(candidate, arguments, variables);
        if (!execute_is_missing(errno)) best = errno;
        if (!execute_is_missing(errno) && errno != EACCES) break;
    }
    return best;
}

bool execute_is_missing(int error) {
    return error == ENOENT || error == ENOTDIR;
}
