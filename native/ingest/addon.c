#include "addon.h"

NAPI_MODULE_INIT() {
    gear_register(env, exports);
    gunzip_register(env, exports);
    hash_register(env, exports);
    return exports;
}
