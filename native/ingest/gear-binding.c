/*
 * gearScan(state, piece, from, to, mask): continues the gear hash in state[0], by the table in
 * state[1…256] (an Int32Array), over piece[from] to piece[to - 1]. Returns the index behind the first
 * byte after which the hash has no bit of `mask`, or -1.
 */
#include "addon.h"
#include "binding.h"
#include "gear.h"

enum { STATE_WORDS = 257 };

static napi_value gear_scan_call(napi_env env, napi_callback_info info);
static uint32_t *read_state(napi_env env, napi_value value);

void gear_register(napi_env env, napi_value exports) {
    export_function(env, exports, "gearScan", gear_scan_call);
}

static napi_value gear_scan_call(napi_env env, napi_callback_info info) {
    napi_value arguments[5];
    struct view piece;
    int64_t from = 0;
    int64_t to = 0;
    int32_t mask = 0;
    napi_value result;

    if (!read_arguments(env, info, 5, arguments)) return NULL;
    uint32_t *state = read_state(env, arguments[0]);
    if (!state || !read_view(env, arguments[1], &piece)) return NULL;
    if (napi_get_value_int64(env, arguments[2], &from) != napi_ok ||
        napi_get_value_int64(env, arguments[3], &to) != napi_ok ||
        napi_get_value_int32(env, arguments[4], &mask) != napi_ok || from < 0 ||
        to > (int64_t)piece.length_bytes)
        return throw_error(env, "the range is not within the piece");
    size_t taken = 0;
    if (from < to)
        taken = gear_scan(state + 1, (uint32_t)mask, piece.bytes + from, (size_t)(to - from), state);
    if (napi_create_int64(env, taken > 0 ? from + (int64_t)taken : -1, &result) != napi_ok)
        return throw_error(env, "cannot return a number");
    return result;
}

static uint32_t *read_state(napi_env env, napi_value value) {
    bool is_typed_array = false;
    napi_typedarray_type type = napi_int8_array;
    size_t length = 0;
    void *words = NULL;

    if (napi_is_typedarray(env, value, &is_typed_array) == napi_ok && is_typed_array &&
        napi_get_typedarray_info(env, value, &type, &length, &words, NULL, NULL) == napi_ok &&
        type == napi_int32_array && length == STATE_WORDS)
        return words;
    throw_error(env, "the state is an Int32Array of 257 words");
    return NULL;
}
