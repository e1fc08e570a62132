/* The parts of the addon: each adds its functions to the exports. */
#ifndef MONO_INGEST_ADDON_H
#define MONO_INGEST_ADDON_H

#include <node_api.h>

void gear_register(napi_env env, napi_value exports);
void gunzip_register(napi_env env, napi_value exports);
void hash_register(napi_env env, napi_value exports);

#endif
