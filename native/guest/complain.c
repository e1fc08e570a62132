#include "complain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int complain(const char *what) {
    dprintf(2, "%s: %s\n", what, strerror(errno));
    return -1;
}
