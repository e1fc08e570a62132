/*
 * Throws damaged gzip data at the addon's decoder, and bytes at its hashes. Every buffer ends at a page
 * that cannot be touched: ISA-L is assembly, in which sanitizers see nothing.
 *
 * usage: ingest-parsers SEED ROUNDS < GZIP_FILE     prints "ok" and how many rounds ended well
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gear.h"
#include "gunzip.h"
#include "sha256-pairs.h"

enum { MAX_SAMPLE_BYTES = 1 << 16, MAX_OUTPUT_BYTES = 1 << 16, MAX_TOTAL_BYTES = 1 << 22 };

struct fenced {
    uint8_t *end;
    size_t capacity_bytes;
};

static uint64_t random_state;
static struct fenced input_pages;
static struct fenced output_pages;

static uint32_t below(uint32_t limit);
static struct fenced fenced_pages(size_t capacity_bytes);
static bool run_round(const uint8_t *sample, size_t sample_bytes);
static size_t damage(uint8_t *bytes, size_t length_bytes);
static void check_gear(const uint8_t *sample, size_t sample_bytes);
static void check_pairs(const uint8_t *sample, size_t sample_bytes);
static void fail(const char *reason);

int main(int argc, char **argv) {
    static uint8_t sample[MAX_SAMPLE_BYTES];
    size_t sample_bytes = fread(sample, 1, sizeof sample, stdin);
    if (argc != 3 || sample_bytes == 0) fail("usage: ingest-parsers SEED ROUNDS < GZIP_FILE");
    random_state = strtoull(argv[1], NULL, 10) * 2 + 1;
    input_pages = fenced_pages(MAX_SAMPLE_BYTES);
    output_pages = fenced_pages(MAX_OUTPUT_BYTES);

    long good = 0;
    for (long round = 0; round < atol(argv[2]); round++) good += run_round(sample, sample_bytes);
    check_gear(sample, sample_bytes);
    if (sha256_pairs_available()) check_pairs(sample, sample_bytes);
    printf("ok %ld\n", good);
    return 0;
}

/* Returns whether the data, damaged or not, was taken for complete. */
static bool run_round(const uint8_t *sample, size_t sample_bytes) {
    static uint8_t data[MAX_SAMPLE_BYTES];
    memcpy(data, sample, sample_bytes);
    size_t length_bytes = damage(data, sample_bytes);
    struct gunzip *gunzip = malloc(sizeof *gunzip);
    size_t total_bytes = 0;

    gunzip_start(gunzip);
    size_t at = 0;
    for (;;) {
        size_t given_bytes = 1 + below(below(4) == 0 ? 8 : 5000);
        if (given_bytes > length_bytes - at) given_bytes = length_bytes - at;
        size_t room_bytes = 1 + below(below(4) == 0 ? 8 : MAX_OUTPUT_BYTES);
        struct gunzip_piece input = {input_pages.end - given_bytes, given_bytes};
        struct gunzip_piece output = {output_pages.end - room_bytes, room_bytes};
        memcpy(input.bytes, data + at, given_bytes);
        gunzip_run(gunzip, &input, &output);
        if (input.length_bytes > given_bytes || output.length_bytes > room_bytes)
            fail("it took more than there was");
        at += given_bytes - input.length_bytes;
        total_bytes += room_bytes - output.length_bytes;
        if (gunzip->stage == GUNZIP_DAMAGED || total_bytes > MAX_TOTAL_BYTES) break;
        if (at == length_bytes && output.length_bytes > 0) break;
        if (given_bytes > 0 && input.length_bytes == given_bytes &&
            output.length_bytes == room_bytes)
            fail("it does not go on");
    }
    bool is_good = gunzip_may_end(gunzip);
    free(gunzip);
    return is_good;
}

/* Changes nothing, bytes, or the length; returns the length. */
static size_t damage(uint8_t *bytes, size_t length_bytes) {
    uint32_t kind = below(8);
    if (kind == 0) return length_bytes;
    if (kind == 1) return below((uint32_t)length_bytes) + 1;
    uint32_t first = below(2) == 0 ? 0 : below((uint32_t)length_bytes);
    for (uint32_t count = below(6) + 1; count > 0; count--) {
        size_t at = first + below(64);
        if (at < length_bytes) bytes[at] = (uint8_t)below(256);
    }
    return length_bytes;
}

static void check_gear(const uint8_t *sample, size_t sample_bytes) {
    uint32_t table[256];
    for (uint32_t index = 0; index < 256; index++) table[index] = below(UINT32_MAX);
    for (uint32_t bits = 0; bits < 16; bits++) {
        uint32_t mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
        uint32_t hash = 0;
        memcpy(input_pages.end - sample_bytes, sample, sample_bytes);
        size_t cut = gear_scan(table, mask, input_pages.end - sample_bytes, sample_bytes, &hash);
        uint32_t expected = 0;
        size_t length_bytes = cut > 0 ? cut : sample_bytes;
        for (size_t index = 0; index < length_bytes; index++)
            expected = (expected << 1) + table[sample[index]];
        if (hash != expected || (cut > 0) != ((hash & mask) == 0)) fail("the gear hash is wrong");
    }
}

static struct fenced fenced_pages(size_t capacity_bytes) {
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages = mmap(NULL, capacity_bytes + page_bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + capacity_bytes, page_bytes, PROT_NONE) != 0)
        fail("no memory");
    return (struct fenced){pages + capacity_bytes, capacity_bytes};
}

/* xorshift64*: the rounds depend on the seed alone. */
static uint32_t below(uint32_t limit) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1dULL) >> 32) % limit;
}

/* A content has the same hash alone and beside another one, of whatever length that is. */
static void check_pairs(const uint8_t *sample, size_t sample_bytes) {
    enum { HASH_BYTES = 32, COUNT = 3, MAX_LENGTH_BYTES = 300 };
    for (size_t length = 0; length <= MAX_LENGTH_BYTES && length <= sample_bytes; length++) {
        uint8_t alone[HASH_BYTES];
        uint8_t digests[COUNT * HASH_BYTES];
        struct view content = {input_pages.end - length, length};
        struct view other = {output_pages.end - below(MAX_LENGTH_BYTES), 0};
        other.length_bytes = (size_t)(output_pages.end - other.bytes);
        struct view contents[COUNT] = {content, other, content};
        memcpy(content.bytes, sample, length);
        sha256_pairs(&content, 1, alone);
        sha256_pairs(contents, COUNT, digests);
        if (memcmp(alone, digests, HASH_BYTES) != 0 ||
            memcmp(alone, digests + 2 * HASH_BYTES, HASH_BYTES) != 0)
            fail("a hash depends on the one beside it");
    }
}

static void fail(const char *reason) {
    fprintf(stderr, "%s\n", reason);
    exit(1);
}
