/* The hash of a stream, as JavaScript holds it. */
#ifndef MONO_INGEST_HASH_OBJECT_H
#define MONO_INGEST_HASH_OBJECT_H

#include "binding.h"
#include "sha256.h"

struct hash_object {
    struct sha256 *hash;
    /* whether work in the thread pool uses it */
    bool is_busy;
};

/* Reads a hash that is not busy. Returns NULL with an exception pending where `value` is none. */
struct hash_object *read_hash(napi_env env, napi_value value);

#endif
