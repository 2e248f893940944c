// ONNX Runtime with a fake CUDA provider: the real library, in whose table of functions (OrtApi,
// onnxruntime_c_api.h) those of the CUDA provider are replaced. Its sessions run on the CPU, on what the
// fake driver calls device memory.
//
// Like the real provider (1.20 and newer) it plans a session's convolutions anew whenever the batch size is not that of
// the session's last run, and captures a CUDA graph for each thread and graph number: in a mode in which no other thread
// may take or free memory meanwhile. What it does stands in the log of calls.
#include <cstdint>
#include <dlfcn.h>
#include <pthread.h>
#include <set>
#include <unistd.h>

#include "fake.h"

namespace {
enum { create_status = 0, create_session = 7, set_optimisation = 23, create_run_options = 39, create_tensor = 49, tensor_data = 51, element_count = 64, tensor_info = 65, release_info = 99, create_memory_info = 68, release_session = 95,
       run_with_binding = 133, create_binding = 134, bind_input = 136, add_run_entry = 165, append_cuda = 204, create_options = 205,
       update_options = 206, release_options = 208, update_with_value = 263, functions = 264 };

struct base {
    const void *const *(*api)(uint32_t version);
    const char *(*version)();
};
const base *real;
const void *const *real_table;
const void *table[functions];
std::string options; // what the CUDA provider was told last: "key=value " in order
bool cuda_options;   // whether the next session is one of it
int compute = 1 << 30, plan_us, run_us, more_us;

struct session_state {
    int number;
    bool graph;
    long planned; // the batch that its convolutions are planned for
    std::set<std::pair<pthread_t, std::string>> captured;
};
std::map<void *, session_state> sessions;
std::map<const void *, void *> session_of;       // by binding
std::map<const void *, const void *> input_of;   // value by binding
struct tensor {
    void *data;
    size_t bytes;
    long batch;
};
std::map<const void *, tensor> tensors;
std::map<const void *, const void *> output_of; // value by binding
std::map<const void *, std::string> graph_of;   // number by run options

template <typename F> F original(int i) { return (F)real_table[i]; }

// status is an OrtStatus with a text, nullptr for the code 0. 6 (ORT_RUNTIME_EXCEPTION) stands for a lack of memory.
void *status(int code, const char *function) {
    if (!code) return nullptr;
    std::string text = code == 6 ? "Failed to allocate memory for requested buffer of size 1: in " : "injected failure of ";
    return original<void *(*)(int, const char *)>(create_status)(code, (text + function).c_str());
}

void *new_session(void *env, const char *path, void *o, void **out) {
    if (void *s = status(enter("CreateSession"), "CreateSession")) return s;
    if (cuda_options && !compute) original<void *(*)(void *, int)>(set_optimisation)(o, 0); // it will not be run
    void *s = original<void *(*)(void *, const char *, void *, void **)>(create_session)(env, path, o, out);
    std::lock_guard<std::mutex> hold(lock);
    static int number;
    if (!s && cuda_options) sessions[*out] = {++number, options.find("enable_cuda_graph=1") != std::string::npos, 0, {}};
    cuda_options = false;
    return s;
}

void drop_session(void *s) {
    {
        std::lock_guard<std::mutex> hold(lock);
        sessions.erase(s);
    }
    original<void (*)(void *)>(release_session)(s);
}

void *new_tensor(const void *info, void *data, size_t n, const int64_t *shape, size_t dims, int type, void **out) {
    void *s = original<void *(*)(const void *, void *, size_t, const int64_t *, size_t, int, void **)>(create_tensor)(info, data, n, shape, dims, type, out);
    std::lock_guard<std::mutex> hold(lock);
    if (!s) tensors[*out] = {data, n, shape[0]};
    return s;
}

// foreign tells the fake driver of memory that the library has taken for an output.
void foreign(void *data, size_t bytes) {
    static auto tell = [] {
        Dl_info self;
        dladdr((void *)foreign, &self);
        std::string path = self.dli_fname;
        void *driver = dlopen((path.substr(0, path.rfind('/') + 1) + "libfakegpu.so").c_str(), RTLD_NOW | RTLD_NOLOAD);
        return driver ? (void (*)(uintptr_t, size_t))dlsym(driver, "fake_foreign") : nullptr;
    }();
    if (tell) tell((uintptr_t)data, bytes);
}

void *data_of(void *value, void **out) {
    void *s = original<void *(*)(void *, void **)>(tensor_data)(value, out), *info = nullptr;
    size_t n = 0;
    if (s || (s = original<void *(*)(void *, void **)>(tensor_info)(value, &info))) return s;
    s = original<void *(*)(void *, size_t *)>(element_count)(info, &n);
    original<void (*)(void *)>(release_info)(info);
    if (!s) foreign(*out, 8 * n); // 8 bytes is the largest number
    return s;
}

void *new_binding(void *session, void **out) {
    void *s = original<void *(*)(void *, void **)>(create_binding)(session, out);
    std::lock_guard<std::mutex> hold(lock);
    if (!s) session_of[*out] = session;
    return s;
}

void *input(void *binding, const char *name, const void *value) {
    {
        std::lock_guard<std::mutex> hold(lock);
        input_of[binding] = value;
    }
    return original<void *(*)(void *, const char *, const void *)>(bind_input)(binding, name, value);
}

void *output(void *binding, const char *name, const void *value) {
    {
        std::lock_guard<std::mutex> hold(lock);
        output_of[binding] = value;
    }
    return original<void *(*)(void *, const char *, const void *)>(bind_input + 1)(binding, name, value);
}

void *new_run_options(void **out) {
    void *s = original<void *(*)(void **)>(create_run_options)(out);
    std::lock_guard<std::mutex> hold(lock);
    if (!s) graph_of[*out] = "0";
    return s;
}

void *run_entry(void *o, const char *key, const char *value) {
    if (!strcmp(key, "gpu_graph_id")) {
        std::lock_guard<std::mutex> hold(lock);
        graph_of[o] = value;
    }
    return original<void *(*)(void *, const char *, const char *)>(add_run_entry)(o, key, value);
}

void say(const char *what, const session_state &s, long batch) {
    char text[100];
    snprintf(text, sizeof text, "%s: session %d, batch %ld", what, s.number, batch);
    note(text);
}

// plan readies a session for a batch size.
void plan(session_state &s, long batch) {
    if (s.planned == batch) return;
    say("plan", s, batch);
    s.planned = batch;
    if (plan_us) usleep(plan_us);
}

// prepare is what a run does before its work: planning, and perhaps capturing.
void *prepare(const void *o, const void *binding, long batch) {
    std::unique_lock<std::mutex> hold(lock);
    auto at = sessions.find(session_of[binding]);
    if (at == sessions.end()) return nullptr; // on the CPU
    session_state &s = at->second;
    std::pair<pthread_t, std::string> mine{pthread_self(), graph_of[o]};
    bool replays = s.graph && s.captured.count(mine);
    hold.unlock(); // a session belongs to one worker
    if (replays) return nullptr;
    plan(s, batch);
    if (!s.graph) return nullptr;
    say("capture", s, batch);
    capturing = pthread_self(), spoilt = false;
    usleep(2000);
    capturing = 0;
    if (spoilt) return status(1, "capturing: another thread took or freed memory (CUDA error 901)");
    hold.lock();
    s.captured.insert(mine);
    return nullptr;
}

void *run(void *s, const void *o, const void *binding) {
    if (void *e = status(enter("RunWithBinding"), "RunWithBinding")) return e;
    if (int code = lost) return status(1, ("RunWithBinding: CUDA failure " + std::to_string(code)).c_str());
    tensor in, out;
    bool on_gpu;
    {
        std::lock_guard<std::mutex> hold(lock);
        in = tensors[input_of[binding]], out = tensors[output_of[binding]];
        on_gpu = sessions.count(session_of[binding]);
    }
    if (void *e = prepare(o, binding, in.batch)) return e;
    if (more_us) usleep(more_us);
    if (on_gpu && in.batch > compute) {
        memset(out.data, 0, out.bytes);
        usleep(run_us * in.batch);
        return nullptr;
    }
    return original<void *(*)(void *, const void *, const void *)>(run_with_binding)(s, o, binding);
}

void *memory_info(const char *name, int type, int id, int kind, void **out) {
    bool cuda = !strcmp(name, "Cuda");
    if (cuda && (type != 0 || id != 0 || kind != 0)) complain("CreateMemoryInfo", "of a Cuda device", 1);
    return original<void *(*)(const char *, int, int, int, void **)>(create_memory_info)(cuda ? "Cpu" : name, type, id, kind, out);
}

void *append(void *, const void *o) {
    if (!o) complain("SessionOptionsAppendExecutionProvider_CUDA_V2", "no options", 1);
    cuda_options = true;
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
    table[create_session] = (void *)new_session, table[release_session] = (void *)drop_session;
    table[create_tensor] = (void *)new_tensor, table[create_binding] = (void *)new_binding;
    table[bind_input] = (void *)input, table[bind_input + 1] = (void *)output;
    table[create_run_options] = (void *)new_run_options, table[add_run_entry] = (void *)run_entry;
    table[run_with_binding] = (void *)run, table[create_memory_info] = (void *)memory_info;
    table[tensor_data] = (void *)data_of;
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
void fake_plan(int us) { plan_us = us; }
void fake_slow(int us) { more_us = us; }

const base *OrtGetApiBase() {
    static base fake = {api, nullptr};
    if (!real) return nullptr;
    fake.version = real->version;
    return &fake;
}
}

static bool from_environment = [] {
    settings();
    compute = setting("FAKE_COMPUTE", compute), plan_us = setting("FAKE_PLAN_US", 0), run_us = setting("FAKE_RUN_US", 100);
    if (const char *path = getenv("FAKE_ORT")) fake_ort(path);
    return true;
}();
