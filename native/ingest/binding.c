#include "binding.h"

#include <stdlib.h>

static void execute_job(napi_env env, void *data);
static void complete_job(napi_env env, napi_status status, void *data);
static void settle_job(napi_env env, struct job *job, napi_value result);

napi_value job_start(napi_env env, struct job *job, napi_value kept) {
    napi_value name;
    napi_value promise;

    if (napi_create_string_utf8(env, "mono:ingest", NAPI_AUTO_LENGTH, &name) == napi_ok &&
        napi_create_reference(env, kept, 1, &job->kept) == napi_ok &&
        napi_create_async_work(env, NULL, name, execute_job, complete_job, job, &job->work) ==
            napi_ok &&
        napi_create_promise(env, &job->deferred, &promise) == napi_ok &&
        napi_queue_async_work(env, job->work) == napi_ok)
        return promise;
    job->finish(env, job);
    if (job->work) napi_delete_async_work(env, job->work);
    if (job->kept) napi_delete_reference(env, job->kept);
    free(job);
    return throw_error(env, "cannot start work in the thread pool");
}

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
    size_t given = count;
    if (napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok && given >= count)
        return true;
    throw_error(env, "arguments are missing");
    return false;
}

bool read_view(napi_env env, napi_value value, struct view *view) {
    bool is_typed_array = false;
    napi_typedarray_type type = napi_int8_array;
    void *bytes = NULL;

    if (napi_is_typedarray(env, value, &is_typed_array) == napi_ok && is_typed_array &&
        napi_get_typedarray_info(env, value, &type, &view->length_bytes, &bytes, NULL, NULL) ==
            napi_ok &&
        type == napi_uint8_array) {
        view->bytes = bytes;
        return true;
    }
    throw_error(env, "a Uint8Array is expected");
    return false;
}

struct view *read_views(napi_env env, napi_value value, uint32_t *count) {
    bool is_array = false;
    if (napi_is_array(env, value, &is_array) != napi_ok || !is_array ||
        napi_get_array_length(env, value, count) != napi_ok) {
        throw_error(env, "an array is expected");
        return NULL;
    }
    struct view *views = calloc((size_t)*count + 1, sizeof *views);
    if (!views) {
        throw_error(env, "out of memory");
        return NULL;
    }
    for (uint32_t index = 0; index < *count; index++) {
        napi_value element;
        if (napi_get_element(env, value, index, &element) == napi_ok &&
            read_view(env, element, &views[index]))
            continue;
        free(views);
        return NULL;
    }
    return views;
}

napi_value throw_error(napi_env env, const char *message) {
    bool is_pending = false;
    if (napi_is_exception_pending(env, &is_pending) == napi_ok && !is_pending)
        napi_throw_error(env, NULL, message);
    return NULL;
}

void export_function(napi_env env, napi_value exports, const char *name, napi_callback callback) {
    napi_value function;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) == napi_ok)
        napi_set_named_property(env, exports, name, function);
}

static void execute_job(napi_env env, void *data) {
    (void)env;
    struct job *job = data;
    job->execute(job);
}

static void complete_job(napi_env env, napi_status status, void *data) {
    struct job *job = data;
    napi_value result = job->finish(env, job);
    settle_job(env, job, status == napi_ok ? result : NULL);
    napi_delete_async_work(env, job->work);
    napi_delete_reference(env, job->kept);
    free(job);
}

static void settle_job(napi_env env, struct job *job, napi_value result) {
    napi_value message;
    napi_value error;

    if (result) {
        napi_resolve_deferred(env, job->deferred, result);
        return;
    }
    if (napi_create_string_utf8(env, "the native work failed", NAPI_AUTO_LENGTH, &message) ==
            napi_ok &&
        napi_create_error(env, NULL, message, &error) == napi_ok)
        napi_reject_deferred(env, job->deferred, error);
}
