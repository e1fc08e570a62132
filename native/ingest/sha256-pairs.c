#include "sha256-pairs.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

enum { BLOCK_BYTES = 64, LENGTH_BYTES = 8, STATE_WORDS = 8, LANES = 2 };

/* One of the hashes under way. */
struct lane {
    uint32_t state[STATE_WORDS];
    /* whole blocks that come next: of the content, then of `tail` */
    const uint8_t *blocks;
    size_t block_count;
    /* what is left of the content behind its last whole block, and the padding; 0 once under way */
    uint8_t tail[2 * BLOCK_BYTES];
    size_t tail_count;
    /* where the hash goes; NULL: the lane has nothing to do */
    uint8_t *digest;
};

/* The contents that no lane has taken yet. */
struct queue {
    const struct view *contents;
    size_t count;
    uint8_t *digests;
};

static void lane_take(struct lane *lane, struct queue *queue);
static void lane_advance(struct lane *lane, size_t block_count);
static void lane_end(struct lane *lane);
static void compress_one(struct lane *lane, size_t block_count);
static void compress_two(struct lane lanes[LANES], size_t block_count);
static void put_big_endian(uint8_t *bytes, uint64_t value, size_t length_bytes);

/* FIPS 180-4, section 5.3.3 */
static const uint32_t INITIAL_STATE[STATE_WORDS] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* FIPS 180-4, section 4.2.2 */
static const uint32_t ROUND_CONSTANTS[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

bool sha256_pairs_available(void) {
    unsigned int eax = 0;
    unsigned int ebx = 0;
    unsigned int ecx = 0;
    unsigned int edx = 0;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & bit_SSSE3) == 0 || (ecx & bit_SSE4_1) == 0)
        return false;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & bit_SHA) != 0;
}

void sha256_pairs(const struct view *contents, size_t count, uint8_t *digests) {
    struct queue queue = {contents, count, digests};
    struct lane lanes[LANES] = {{.digest = NULL}, {.digest = NULL}};

    for (;;) {
        for (int lane = 0; lane < LANES; lane++)
            if (!lanes[lane].digest) lane_take(&lanes[lane], &queue);
        if (!lanes[0].digest || !lanes[1].digest) break;
        size_t first_count = lanes[0].block_count;
        size_t second_count = lanes[1].block_count;
        compress_two(lanes, first_count < second_count ? first_count : second_count);
    }
    for (int lane = 0; lane < LANES; lane++)
        while (lanes[lane].digest) compress_one(&lanes[lane], lanes[lane].block_count);
}

/* Starts with the next content of the queue, if there is one. */
static void lane_take(struct lane *lane, struct queue *queue) {
    if (queue->count == 0) return;
    struct view content = *queue->contents;
    size_t rest_bytes = content.length_bytes % BLOCK_BYTES;
    size_t tail_bytes =
        rest_bytes < BLOCK_BYTES - LENGTH_BYTES ? BLOCK_BYTES : 2 * (size_t)BLOCK_BYTES;

    memcpy(lane->state, INITIAL_STATE, sizeof lane->state);
    memset(lane->tail, 0, sizeof lane->tail);
    if (rest_bytes > 0)
        memcpy(lane->tail, content.bytes + content.length_bytes - rest_bytes, rest_bytes);
    lane->tail[rest_bytes] = 0x80;
    put_big_endian(lane->tail + tail_bytes - LENGTH_BYTES, (uint64_t)content.length_bytes * 8,
                   LENGTH_BYTES);
    lane->tail_count = tail_bytes / BLOCK_BYTES;
    lane->blocks = content.bytes;
    lane->block_count = content.length_bytes / BLOCK_BYTES;
    lane->digest = queue->digests;
    queue->contents += 1;
    queue->count -= 1;
    queue->digests += STATE_WORDS * sizeof(uint32_t);
    lane_advance(lane, 0);
}

/* Moves behind blocks that were compressed: on to the tail, and behind that to the end. */
static void lane_advance(struct lane *lane, size_t block_count) {
    lane->blocks += block_count * BLOCK_BYTES;
    lane->block_count -= block_count;
    if (lane->block_count > 0) return;
    if (lane->tail_count == 0) {
        lane_end(lane);
        return;
    }
    lane->blocks = lane->tail;
    lane->block_count = lane->tail_count;
    lane->tail_count = 0;
}

static void lane_end(struct lane *lane) {
    for (size_t word = 0; word < STATE_WORDS; word++)
        put_big_endian(lane->digest + word * sizeof(uint32_t), lane->state[word], sizeof(uint32_t));
    lane->digest = NULL;
}

static void put_big_endian(uint8_t *bytes, uint64_t value, size_t length_bytes) {
    for (size_t index = length_bytes; index-- > 0; value >>= 8) bytes[index] = (uint8_t)value;
}

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

/* The state as the instructions want it: two vectors, A B E F and C D G H. */
struct state_pair {
    __m128i abef;
    __m128i cdgh;
};

static inline WITH_SHA struct state_pair load_state(const uint32_t state[STATE_WORDS]) {
    __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
    __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
    return (struct state_pair){_mm_alignr_epi8(badc, hgfe, 8), _mm_blend_epi16(hgfe, badc, 0xf0)};
}

static inline WITH_SHA void store_state(uint32_t state[STATE_WORDS], struct state_pair pair) {
    __m128i feba = _mm_shuffle_epi32(pair.abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(pair.cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Four rounds, and the message words that sixteen rounds later need: FIPS 180-4, section 6.2.2. */
static inline __attribute__((always_inline)) WITH_SHA void
four_rounds(struct state_pair *pair, __m128i words[4], int turn) {
    __m128i constants = _mm_loadu_si128((const __m128i *)&ROUND_CONSTANTS[4 * turn]);
    __m128i now = words[turn % 4];
    __m128i keyed = _mm_add_epi32(now, constants);
    pair->cdgh = _mm_sha256rnds2_epu32(pair->cdgh, pair->abef, keyed);
    pair->abef = _mm_sha256rnds2_epu32(pair->abef, pair->cdgh, _mm_shuffle_epi32(keyed, 0x0e));
    if (turn >= 12) return;
    __m128i last = words[(turn + 3) % 4];
    __m128i seventh = _mm_alignr_epi8(last, words[(turn + 2) % 4], 4);
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(now, words[(turn + 1) % 4]), seventh);
    words[turn % 4] = _mm_sha256msg2_epu32(sum, last);
}

/* Compresses the next blocks of `lane_count` lanes, a constant where this is inlined. */
static inline __attribute__((always_inline)) WITH_SHA void
compress(struct lane *lanes, int lane_count, size_t block_count) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    struct state_pair pairs[LANES];

    for (int lane = 0; lane < lane_count; lane++) pairs[lane] = load_state(lanes[lane].state);
    for (size_t block = 0; block < block_count; block++) {
        struct state_pair before[LANES];
        __m128i words[LANES][4];
        for (int lane = 0; lane < lane_count; lane++) {
            const uint8_t *bytes = lanes[lane].blocks + block * BLOCK_BYTES;
            before[lane] = pairs[lane];
            for (int part = 0; part < 4; part++)
                words[lane][part] = _mm_shuffle_epi8(
                    _mm_loadu_si128((const __m128i *)(bytes + 16 * part)), swap);
        }
#pragma GCC unroll 16
        for (int turn = 0; turn < 16; turn++)
            for (int lane = 0; lane < lane_count; lane++)
                four_rounds(&pairs[lane], words[lane], turn);
        for (int lane = 0; lane < lane_count; lane++) {
            pairs[lane].abef = _mm_add_epi32(pairs[lane].abef, before[lane].abef);
            pairs[lane].cdgh = _mm_add_epi32(pairs[lane].cdgh, before[lane].cdgh);
        }
    }
    for (int lane = 0; lane < lane_count; lane++) {
        store_state(lanes[lane].state, pairs[lane]);
        lane_advance(&lanes[lane], block_count);
    }
}

static WITH_SHA void compress_one(struct lane *lane, size_t block_count) {
    compress(lane, 1, block_count);
}

static WITH_SHA void compress_two(struct lane lanes[LANES], size_t block_count) {
    compress(lanes, 2, block_count);
}

#else

bool sha256_pairs_available(void) {
    return false;
}

void sha256_pairs(const struct view *contents, size_t count, uint8_t *digests) {
    (void)contents;
    (void)count;
    (void)digests;
}

#endif
