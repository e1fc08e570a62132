/* What the parts of the addon share: arguments, errors, and work off the main thread. */
#ifndef MONO_INGEST_BINDING_H
#define MONO_INGEST_BINDING_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view.h"

/*
 * Work that runs in libuv's thread pool and settles a promise. The first member of the struct of each
 * kind of work, which is allocated by calloc and freed behind it.
 */
struct job {
    /* Runs in the pool; must not touch JavaScript. */
    void (*execute)(struct job *job);
    /* Frees what the job owns and returns what the promise resolves to; NULL rejects it. */
    napi_value (*finish)(napi_env env, struct job *job);
    napi_async_work work;
    napi_deferred deferred;
    napi_ref kept;
};

/*
 * Starts `job` and takes ownership of it, if that fails also. `kept` stays alive until it has ended.
 *
 * Returns:
 *  the promise, or NULL with an exception pending.
 */
napi_value job_start(napi_env env, struct job *job, napi_value kept);

/* Reads exactly `count` arguments. Returns whether they are there; else an exception is pending. */
bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);

/* Reads a Uint8Array. Returns whether `value` is one; else an exception is pending. */
bool read_view(napi_env env, napi_value value, struct view *view);

/*
 * Reads an array of Uint8Arrays. Returns the views, to be freed by the caller, and their number, or
 * NULL with an exception pending.
 */
struct view *read_views(napi_env env, napi_value value, uint32_t *count);

/* Makes an exception pending and returns NULL. */
napi_value throw_error(napi_env env, const char *message);

/* Adds a function to the exports. */
void export_function(napi_env env, napi_value exports, const char *name, napi_callback callback);

#endif
