#include "terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

#define CONTROL_D 4

int terminal_open(uint16_t rows, uint16_t columns, int *controller, int *terminal) {
    int unlock = 0;

    int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return -1;
    int peer = -1;
    if (ioctl(fd, TIOCSPTLCK, &unlock) == 0)
        peer = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (peer < 0) {
        close(fd);
        return -1;
    }
    terminal_resize(fd, rows, columns);
    *controller = fd;
    *terminal = peer;
    return 0;
}

void terminal_resize(int controller, uint16_t rows, uint16_t columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    ioctl(controller, TIOCSWINSZ, &size);
}

uint8_t terminal_end_byte(int controller) {
    struct termios settings;
    if (tcgetattr(controller, &settings) != 0) return CONTROL_D;
    return settings.c_cc[VEOF] != 0 ? settings.c_cc[VEOF] : CONTROL_D;
}
