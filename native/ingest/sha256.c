#include "sha256.h"

#include <stdlib.h>

typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_md_st EVP_MD;
typedef struct engine_st ENGINE;

extern EVP_MD_CTX *EVP_MD_CTX_new(void);
extern void EVP_MD_CTX_free(EVP_MD_CTX *context);
extern const EVP_MD *EVP_sha256(void);
extern int EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *type, ENGINE *engine);
extern int EVP_DigestUpdate(EVP_MD_CTX *context, const void *bytes, size_t length_bytes);
extern int EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *digest, unsigned int *length);

struct sha256 {
    EVP_MD_CTX *context;
};

struct sha256 *sha256_new(void) {
    struct sha256 *hash = calloc(1, sizeof *hash);
    if (!hash) return NULL;
    hash->context = EVP_MD_CTX_new();
    if (hash->context && EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) == 1) return hash;
    sha256_free(hash);
    return NULL;
}

void sha256_free(struct sha256 *hash) {
    if (!hash) return;
    if (hash->context) EVP_MD_CTX_free(hash->context);
    free(hash);
}

bool sha256_update(struct sha256 *hash, const uint8_t *bytes, size_t length_bytes) {
    return EVP_DigestUpdate(hash->context, bytes, length_bytes) == 1;
}

bool sha256_finish(struct sha256 *hash, uint8_t digest[SHA256_BYTES]) {
    if (EVP_DigestFinal_ex(hash->context, digest, NULL) != 1) return false;
    /* Without a type the context keeps the one it has: no look-up for each of many small pieces. */
    return EVP_DigestInit_ex(hash->context, NULL, NULL) == 1;
}
