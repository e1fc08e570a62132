/*
 * createHash()                  returns a SHA-256 of no bytes yet.
 * updateHash(hash, pieces)      adds the bytes of all pieces, off the main thread.
 * finishHash(hash, digest)      writes the 32 bytes of the hash to `digest` and starts anew.
 * hashEach(contents, digests)   writes the hash of each content, one behind the other, to `digests`,
 *                               off the main thread.
 */
#include <stdlib.h>

#include "addon.h"
#include "hash-object.h"
#include "sha256-pairs.h"

struct update_job {
    struct job job;
    struct hash_object *object;
    struct view *pieces;
    uint32_t count;
    bool is_done;
};

struct each_job {
    struct job job;
    struct view *contents;
    uint32_t count;
    uint8_t *digests;
    bool is_done;
};

static napi_value create_hash(napi_env env, napi_callback_info info);
static napi_value update_hash(napi_env env, napi_callback_info info);
static napi_value finish_hash(napi_env env, napi_callback_info info);
static napi_value hash_each(napi_env env, napi_callback_info info);
static void execute_update(struct job *job);
static napi_value finish_update(napi_env env, struct job *job);
static void execute_each(struct job *job);
static napi_value finish_each(napi_env env, struct job *job);
static napi_value keep_both(napi_env env, const napi_value values[2]);
static napi_value undefined(napi_env env);
static void finalize_hash(napi_env env, void *data, void *hint);

void hash_register(napi_env env, napi_value exports) {
    export_function(env, exports, "createHash", create_hash);
    export_function(env, exports, "updateHash", update_hash);
    export_function(env, exports, "finishHash", finish_hash);
    export_function(env, exports, "hashEach", hash_each);
}

static napi_value create_hash(napi_env env, napi_callback_info info) {
    (void)info;
    napi_value external;
    struct hash_object *object = calloc(1, sizeof *object);

    if (object) object->hash = sha256_new();
    if (object && object->hash &&
        napi_create_external(env, object, finalize_hash, NULL, &external) == napi_ok)
        return external;
    if (object) sha256_free(object->hash);
    free(object);
    return throw_error(env, "cannot create a hash");
}

static napi_value update_hash(napi_env env, napi_callback_info info) {
    napi_value arguments[2];
    if (!read_arguments(env, info, 2, arguments)) return NULL;
    struct hash_object *object = read_hash(env, arguments[0]);
    napi_value kept = object ? keep_both(env, arguments) : NULL;
    if (!kept) return NULL;
    struct update_job *update = calloc(1, sizeof *update);
    if (!update) return throw_error(env, "out of memory");
    update->job.execute = execute_update;
    update->job.finish = finish_update;
    update->pieces = read_views(env, arguments[1], &update->count);
    if (!update->pieces) {
        free(update);
        return NULL;
    }
    update->object = object;
    object->is_busy = true;
    return job_start(env, &update->job, kept);
}

static napi_value finish_hash(napi_env env, napi_callback_info info) {
    napi_value arguments[2];
    struct view digest;
    if (!read_arguments(env, info, 2, arguments)) return NULL;
    struct hash_object *object = read_hash(env, arguments[0]);
    if (!object || !read_view(env, arguments[1], &digest)) return NULL;
    if (digest.length_bytes != SHA256_BYTES || !sha256_finish(object->hash, digest.bytes))
        return throw_error(env, "cannot finish the hash");
    return undefined(env);
}

static napi_value hash_each(napi_env env, napi_callback_info info) {
    napi_value arguments[2];
    struct view digests;
    if (!read_arguments(env, info, 2, arguments) || !read_view(env, arguments[1], &digests))
        return NULL;
    napi_value kept = keep_both(env, arguments);
    if (!kept) return NULL;
    struct each_job *each = calloc(1, sizeof *each);
    if (!each) return throw_error(env, "out of memory");
    each->job.execute = execute_each;
    each->job.finish = finish_each;
    each->contents = read_views(env, arguments[0], &each->count);
    if (!each->contents || digests.length_bytes != (size_t)each->count * SHA256_BYTES) {
        free(each->contents);
        free(each);
        return throw_error(env, "there are 32 bytes for each digest");
    }
    each->digests = digests.bytes;
    return job_start(env, &each->job, kept);
}

static void execute_update(struct job *job) {
    struct update_job *update = (struct update_job *)job;
    update->is_done = true;
    for (uint32_t index = 0; index < update->count; index++) {
        const struct view *piece = &update->pieces[index];
        if (!sha256_update(update->object->hash, piece->bytes, piece->length_bytes))
            update->is_done = false;
    }
}

static napi_value finish_update(napi_env env, struct job *job) {
    struct update_job *update = (struct update_job *)job;
    update->object->is_busy = false;
    free(update->pieces);
    return update->is_done ? undefined(env) : NULL;
}

static void execute_each(struct job *job) {
    struct each_job *each = (struct each_job *)job;
    if (sha256_pairs_available()) {
        sha256_pairs(each->contents, each->count, each->digests);
        each->is_done = true;
        return;
    }
    struct sha256 *hash = sha256_new();
    each->is_done = hash != NULL;
    for (uint32_t index = 0; each->is_done && index < each->count; index++) {
        const struct view *content = &each->contents[index];
        each->is_done = sha256_update(hash, content->bytes, content->length_bytes) &&
                        sha256_finish(hash, each->digests + (size_t)index * SHA256_BYTES);
    }
    sha256_free(hash);
}

static napi_value finish_each(napi_env env, struct job *job) {
    struct each_job *each = (struct each_job *)job;
    free(each->contents);
    return each->is_done ? undefined(env) : NULL;
}

struct hash_object *read_hash(napi_env env, napi_value value) {
    struct hash_object *object = NULL;
    if (napi_get_value_external(env, value, (void **)&object) == napi_ok && object &&
        !object->is_busy)
        return object;
    throw_error(env, "a hash that is not busy is expected");
    return NULL;
}

static napi_value keep_both(napi_env env, const napi_value values[2]) {
    napi_value kept;
    if (napi_create_array_with_length(env, 2, &kept) == napi_ok &&
        napi_set_element(env, kept, 0, values[0]) == napi_ok &&
        napi_set_element(env, kept, 1, values[1]) == napi_ok)
        return kept;
    return throw_error(env, "cannot keep the arguments");
}

static napi_value undefined(napi_env env) {
    napi_value value;
    return napi_get_undefined(env, &value) == napi_ok ? value : NULL;
}

static void finalize_hash(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    struct hash_object *object = data;
    sha256_free(object->hash);
    free(object);
}
