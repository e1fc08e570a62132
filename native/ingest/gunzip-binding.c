/*
 * createGunzip()                        returns the state of a gzip stream of no bytes yet.
 * gunzip(state, inputs, output, hash)   inflates from the array of pieces `inputs` to `output`, off
 *                                       the main thread, until one of them is used up, and adds what
 *                                       it writes to `hash`, unless that is undefined. Resolves to
 *                                       the list [bytes taken, bytes written, mark]; mark is 1 where
 *                                       the data may end, -1 where it is damaged, and 0 otherwise.
 */
#include <stdlib.h>

#include "addon.h"
#include "binding.h"
#include "gunzip.h"
#include "hash-object.h"

enum { ARGUMENTS = 4 };

struct gunzip_object {
    struct gunzip gunzip;
    bool is_busy;
};

struct gunzip_job {
    struct job job;
    struct gunzip_object *object;
    /* NULL: nobody wants one */
    struct hash_object *hash;
    struct view *inputs;
    uint32_t count;
    struct view output;
    size_t taken_bytes;
    size_t written_bytes;
    bool has_failed;
};

static napi_value create_gunzip(napi_env env, napi_callback_info info);
static napi_value gunzip_call(napi_env env, napi_callback_info info);
static void execute_gunzip(struct job *job);
static napi_value finish_gunzip(napi_env env, struct job *job);
static struct gunzip_object *read_gunzip(napi_env env, napi_value value);
static bool read_optional_hash(napi_env env, napi_value value, struct hash_object **hash);
static napi_value keep_all(napi_env env, const napi_value values[ARGUMENTS]);
static int mark_of(const struct gunzip *gunzip);
static void finalize_gunzip(napi_env env, void *data, void *hint);

void gunzip_register(napi_env env, napi_value exports) {
    export_function(env, exports, "createGunzip", create_gunzip);
    export_function(env, exports, "gunzip", gunzip_call);
}

static napi_value create_gunzip(napi_env env, napi_callback_info info) {
    (void)info;
    napi_value external;
    struct gunzip_object *object = calloc(1, sizeof *object);

    if (object) gunzip_start(&object->gunzip);
    if (object && napi_create_external(env, object, finalize_gunzip, NULL, &external) == napi_ok)
        return external;
    free(object);
    return throw_error(env, "cannot create a gzip stream");
}

static napi_value gunzip_call(napi_env env, napi_callback_info info) {
    napi_value arguments[ARGUMENTS];
    struct view output;
    struct hash_object *hash = NULL;
    if (!read_arguments(env, info, ARGUMENTS, arguments)) return NULL;
    struct gunzip_object *object = read_gunzip(env, arguments[0]);
    if (!object || !read_view(env, arguments[2], &output) ||
        !read_optional_hash(env, arguments[3], &hash))
        return NULL;
    napi_value kept = keep_all(env, arguments);
    if (!kept) return NULL;
    struct gunzip_job *job = calloc(1, sizeof *job);
    if (!job) return throw_error(env, "out of memory");
    job->job.execute = execute_gunzip;
    job->job.finish = finish_gunzip;
    job->output = output;
    job->inputs = read_views(env, arguments[1], &job->count);
    if (!job->inputs) {
        free(job);
        return NULL;
    }
    job->object = object;
    object->is_busy = true;
    job->hash = hash;
    if (hash) hash->is_busy = true;
    return job_start(env, &job->job, kept);
}

static void execute_gunzip(struct job *job) {
    struct gunzip_job *self = (struct gunzip_job *)job;
    struct gunzip *gunzip = &self->object->gunzip;
    struct gunzip_piece output = {self->output.bytes, self->output.length_bytes};
    uint32_t index = 0;

    /* Once without input where there is none: the last call may have left output behind. */
    do {
        struct gunzip_piece input = {NULL, 0};
        if (index < self->count)
            input = (struct gunzip_piece){self->inputs[index].bytes,
                                          self->inputs[index].length_bytes};
        size_t given_bytes = input.length_bytes;
        const uint8_t *written = output.bytes;
        gunzip_run(gunzip, &input, &output);
        /* Now, while what a piece inflates to is in the cache. */
        size_t written_bytes = (size_t)(output.bytes - written);
        if (self->hash && !sha256_update(self->hash->hash, written, written_bytes))
            self->has_failed = true;
        self->taken_bytes += given_bytes - input.length_bytes;
        if (input.length_bytes > 0) break;
    } while (++index < self->count);
    self->written_bytes = self->output.length_bytes - output.length_bytes;
}

static napi_value finish_gunzip(napi_env env, struct job *job) {
    struct gunzip_job *self = (struct gunzip_job *)job;
    int mark = mark_of(&self->object->gunzip);
    double numbers[] = {(double)self->taken_bytes, (double)self->written_bytes, mark};
    napi_value list;

    self->object->is_busy = false;
    if (self->hash) self->hash->is_busy = false;
    free(self->inputs);
    if (self->has_failed) return NULL;
    if (napi_create_array_with_length(env, 3, &list) != napi_ok) return NULL;
    for (uint32_t index = 0; index < 3; index++) {
        napi_value number;
        if (napi_create_double(env, numbers[index], &number) != napi_ok ||
            napi_set_element(env, list, index, number) != napi_ok)
            return NULL;
    }
    return list;
}

static struct gunzip_object *read_gunzip(napi_env env, napi_value value) {
    struct gunzip_object *object = NULL;
    if (napi_get_value_external(env, value, (void **)&object) == napi_ok && object &&
        !object->is_busy)
        return object;
    throw_error(env, "a gzip stream that is not busy is expected");
    return NULL;
}

/* Returns whether there is a hash or none is wanted; else an exception is pending. */
static bool read_optional_hash(napi_env env, napi_value value, struct hash_object **hash) {
    napi_valuetype type = napi_undefined;
    if (napi_typeof(env, value, &type) == napi_ok && type == napi_undefined) return true;
    *hash = read_hash(env, value);
    return *hash != NULL;
}

static napi_value keep_all(napi_env env, const napi_value values[ARGUMENTS]) {
    napi_value kept;
    if (napi_create_array_with_length(env, ARGUMENTS, &kept) != napi_ok)
        return throw_error(env, "cannot keep the arguments");
    for (uint32_t index = 0; index < ARGUMENTS; index++) {
        if (napi_set_element(env, kept, index, values[index]) != napi_ok)
            return throw_error(env, "cannot keep the arguments");
    }
    return kept;
}

static int mark_of(const struct gunzip *gunzip) {
    if (gunzip->stage == GUNZIP_DAMAGED) return -1;
    return gunzip_may_end(gunzip) ? 1 : 0;
}

static void finalize_gunzip(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    free(data);
}
