#include "tsc.h"

#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>

#define WINDOW_NANOSECONDS 20000000
/* Of this many tries the one that was interrupted least says when it was. */
#define TRIES 50

/* The counter and the clock at one moment. */
struct moment {
    uint64_t ticks;
    uint64_t nanoseconds;
};

static uint64_t clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct moment read_moment(void) {
    struct moment best = {0, 0};
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        uint64_t before = __rdtsc();
        uint64_t nanoseconds = clock_now();
        uint64_t after = __rdtsc();
        if (after - before >= least) continue;
        least = after - before;
        best = (struct moment){before + least / 2, nanoseconds};
    }
    return best;
}

uint64_t tsc_measure_khz(void) {
    const struct timespec window = {.tv_nsec = WINDOW_NANOSECONDS};

    struct moment start = read_moment();
    nanosleep(&window, NULL);
    struct moment end = read_moment();
    uint64_t nanoseconds = end.nanoseconds - start.nanoseconds;
    return nanoseconds == 0 ? 0 : (end.ticks - start.ticks) * 1000000u / nanoseconds;
}
#else
uint64_t tsc_measure_khz(void) {
    return 0;
}
#endif
