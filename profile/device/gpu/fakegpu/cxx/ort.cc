// ONNX Runtime with a fake CUDA provider: the real library, in whose table of functions (OrtApi,
// onnxruntime_c_api.h) those of the CUDA provider are replaced. Its sessions run on the CPU, on what the
// fake driver calls device memory.
#include <cstdint>
#include <dlfcn.h>

#include "fake.h"

namespace {
enum { create_status = 0, create_session = 7, create_memory_info = 68, run_with_binding = 133, append_cuda = 204, create_options = 205,
       update_options = 206, release_options = 208, update_with_value = 263, functions = 264 };

struct base {
    const void *const *(*api)(uint32_t version);
    const char *(*version)();
};
const base *real;
const void *const *real_table;
const void *table[functions];
std::string options; // what the CUDA provider was told last: "key=value " in order

template <typename F> F original(int i) { return (F)real_table[i]; }

// status is an OrtStatus with a text, nullptr for the code 0. 6 (ORT_RUNTIME_EXCEPTION) stands for a lack of memory.
void *status(int code, const char *function) {
    if (!code) return nullptr;
    std::string text = code == 6 ? "Failed to allocate memory for requested buffer of size 1: in " : "injected failure of ";
    return original<void *(*)(int, const char *)>(create_status)(code, (text + function).c_str());
}

void *session(void *env, const char *path, void *o, void **out) {
    if (void *s = status(enter("CreateSession"), "CreateSession")) return s;
    return original<void *(*)(void *, const char *, void *, void **)>(create_session)(env, path, o, out);
}

void *run(void *s, const void *o, const void *binding) {
    if (void *e = status(enter("RunWithBinding"), "RunWithBinding")) return e;
    return original<void *(*)(void *, const void *, const void *)>(run_with_binding)(s, o, binding);
}

void *memory_info(const char *name, int type, int id, int kind, void **out) {
    bool cuda = !strcmp(name, "Cuda");
    if (cuda && (type != 0 || id != 0 || kind != 0)) complain("CreateMemoryInfo", "of a Cuda device", 1);
    return original<void *(*)(const char *, int, int, int, void **)>(create_memory_info)(cuda ? "Cpu" : name, type, id, kind, out);
}

void *append(void *, const void *o) {
    if (!o) complain("SessionOptionsAppendExecutionProvider_CUDA_V2", "no options", 1);
    return status(enter("SessionOptionsAppendExecutionProvider_CUDA_V2"), "SessionOptionsAppendExecutionProvider_CUDA_V2");
}

void *make(void **out) {
    static int o;
    count("provider options", 1);
    *out = &o;
    return status(enter("CreateCUDAProviderOptions"), "CreateCUDAProviderOptions");
}

void *update(void *, const char *const *keys, const char *const *values, size_t n) {
    options.clear();
    for (size_t i = 0; i < n; i++) options += std::string(keys[i]) + "=" + values[i] + " ";
    return nullptr;
}

void *update_value(void *, const char *key, void *value) {
    options += std::string(key) + "=" + std::to_string((uintptr_t)value) + " ";
    return nullptr;
}

void release(void *) { count("provider options", -1); }

const void *const *api(uint32_t version) {
    real_table = real->api(version);
    if (!real_table) return nullptr;
    memcpy(table, real_table, sizeof table);
    table[create_session] = (void *)session, table[run_with_binding] = (void *)run, table[create_memory_info] = (void *)memory_info;
    table[append_cuda] = (void *)append, table[create_options] = (void *)make, table[update_options] = (void *)update;
    table[release_options] = (void *)release, table[update_with_value] = (void *)update_value;
    return table;
}
} // namespace

extern "C" {
// fake_ort names the real library; it comes before all else.
int fake_ort(const char *path) {
    void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    auto get = lib ? (const base *(*)())dlsym(lib, "OrtGetApiBase") : nullptr;
    real = get ? get() : nullptr;
    return real ? 0 : 1;
}
const char *fake_ort_options() { return options.c_str(); }

const base *OrtGetApiBase() {
    static base fake = {api, nullptr};
    if (!real) return nullptr;
    fake.version = real->version;
    return &fake;
}
}
