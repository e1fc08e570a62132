/* What the programs that exercise C code under sanitizers share. */
#ifndef MONO_TEST_CHECK_H
#define MONO_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Ends the program with a message unless the condition holds. */
#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

/* What random_below() goes on from: the same seed gives the same numbers on every machine. */
static unsigned long long random_state;

static inline unsigned random_below(unsigned limit) {
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(random_state >> 33) % limit;
}

/* Takes SEED and ROUNDS from the command line. Returns the rounds. */
static inline unsigned begin_rounds(int count, char **arguments) {
    CHECK(count == 3);
    random_state = strtoull(arguments[1], NULL, 10);
    return (unsigned)atoi(arguments[2]);
}

#endif
