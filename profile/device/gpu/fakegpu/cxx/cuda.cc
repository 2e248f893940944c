// A fake CUDA driver and NVRTC: device memory is the host's, streams do their work at once, and kernels
// run on the CPU, compiled from the same text that NVRTC gets. Every argument is checked.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "fake.h"

// The kernels, with what CUDA C has and C++ has not.
struct dim {
    int x, y, z;
};
static thread_local dim blockIdx, blockDim, threadIdx;
#define __device__
#define __global__ static
static int min(int a, int b) { return a < b ? a : b; }
static int max(int a, int b) { return a > b ? a : b; }
static unsigned short half_bits(float v) {
    _Float16 h = (_Float16)v;
    unsigned short bits;
    memcpy(&bits, &h, 2);
    return bits;
}
#include "kernel.inc"

namespace {
enum { invalid_value = 1, out_of_memory = 2, no_device = 100, invalid_device = 101, invalid_image = 200, invalid_context = 201,
       invalid_handle = 400, not_found = 500, sticky = 700, capture_unsupported = 900 };

int devices = 1, retained;
const size_t capacity = 4ull << 30;
size_t used;
int context; // the primary context is its address
thread_local void *current;
std::map<uintptr_t, size_t> device, pinned;
std::set<void *> handles; // of streams, events, modules
using instant = std::chrono::steady_clock::time_point;

bool inside(const std::map<uintptr_t, size_t> &blocks, uintptr_t p, size_t n) {
    std::lock_guard<std::mutex> hold(lock);
    auto b = blocks.upper_bound(p);
    if (b == blocks.begin()) return false;
    --b;
    return p + n <= b->first + b->second;
}

template <typename T> void *make(const char *kind) {
    void *h = new T();
    count(kind, 1);
    std::lock_guard<std::mutex> hold(lock);
    handles.insert(h);
    return h;
}
bool known(void *h) {
    std::lock_guard<std::mutex> hold(lock);
    return handles.count(h);
}
template <typename T> void drop(void *h, const char *kind) {
    count(kind, -1);
    std::lock_guard<std::mutex> hold(lock);
    handles.erase(h);
    delete (T *)h;
}

int begin(const char *function) {
    if (int code = enter(function)) {
        if (code >= sticky) lost = code;
        return code;
    }
    return lost;
}
} // namespace

#define BEGIN                                        \
    do {                                             \
        if (int code = begin(__func__)) return code; \
    } while (0)
#define IN_CONTEXT \
    BEGIN;         \
    CHECK(current == &context && retained, invalid_context)
// A capture in the global mode, which is ONNX Runtime's, is spoilt by other threads that take or free memory, and
// these fail too (cudaStreamCaptureModeGlobal).
#define NOT_WHILE_CAPTURING                                             \
    do {                                                                \
        pthread_t by = capturing;                                       \
        if (by && by != pthread_self()) {                               \
            spoilt = true;                                              \
            return capture_unsupported;                                 \
        }                                                               \
    } while (0)

static bool from_environment = (settings(), true); // initialised after what fake.h defines

extern "C" {
void fake_fail(const char *function, int code, int after, int times) {
    std::lock_guard<std::mutex> hold(lock);
    faults[function] = {code, after, times};
}
long fake_calls(const char *function) {
    std::lock_guard<std::mutex> hold(lock);
    return calls[function];
}
const char *fake_events() {
    static std::string text;
    std::lock_guard<std::mutex> hold(lock);
    return (text = events).c_str();
}
const char *fake_complaint() { return complaint.c_str(); }
void fake_forgive() { complaint.clear(); }
// fake_leaks lists what was made and not freed.
const char *fake_leaks() {
    static std::string text;
    std::lock_guard<std::mutex> hold(lock);
    text.clear();
    for (auto &l : live)
        if (l.second) text += (text.empty() ? "" : ", ") + std::to_string(l.second) + " " + l.first;
    return text.c_str();
}
bool fake_device_memory(uintptr_t p, size_t n) { return inside(device, p, n); }

// fake_foreign lets memory pass for the GPU's that ONNX Runtime has taken itself, for outputs of a size that it finds.
std::map<uintptr_t, size_t> foreign;
extern "C" void fake_foreign(uintptr_t p, size_t n) {
    std::lock_guard<std::mutex> hold(lock);
    foreign[p] = n;
}
void fake_heal() { faults.clear(), lost = 0; }
void fake_devices(int n) { devices = n; }
void fake_cuda_reset() {
    faults.clear(), calls.clear(), live.clear(), complaint.clear(), events.clear();
    devices = 1, retained = 0, lost = 0, used = 0;
    for (auto &b : device) free((void *)b.first);
    for (auto &b : pinned) free((void *)b.first);
    device.clear(), pinned.clear(), handles.clear();
}

int cuInit(unsigned flags) {
    BEGIN;
    CHECK(flags == 0, invalid_value);
    return devices ? 0 : no_device;
}
int cuDriverGetVersion(int *v) {
    BEGIN;
    *v = 13000;
    return 0;
}
int cuGetErrorName(int code, const char **text) {
    static const std::map<int, const char *> names = {{1, "CUDA_ERROR_INVALID_VALUE"}, {2, "CUDA_ERROR_OUT_OF_MEMORY"},
        {100, "CUDA_ERROR_NO_DEVICE"}, {101, "CUDA_ERROR_INVALID_DEVICE"}, {200, "CUDA_ERROR_INVALID_IMAGE"},
        {201, "CUDA_ERROR_INVALID_CONTEXT"}, {400, "CUDA_ERROR_INVALID_HANDLE"}, {500, "CUDA_ERROR_NOT_FOUND"},
        {700, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"}, {719, "CUDA_ERROR_LAUNCH_FAILED"}};
    auto n = names.find(code);
    if (n == names.end()) return invalid_value;
    *text = n->second;
    return 0;
}
int cuGetErrorString(int code, const char **text) {
    static const std::map<int, const char *> texts = {{2, "out of memory"}, {100, "no CUDA-capable device is detected"},
        {101, "invalid device ordinal"}, {201, "invalid device context"}, {700, "an illegal memory access was encountered"},
        {719, "unspecified launch failure"}};
    auto n = texts.find(code);
    if (n == texts.end()) return invalid_value;
    *text = n->second;
    return 0;
}
int cuDeviceGetCount(int *n) {
    BEGIN;
    *n = devices;
    return 0;
}
int cuDeviceGet(int *d, int index) {
    BEGIN;
    if (index < 0 || index >= devices) return invalid_device;
    *d = index;
    return 0;
}
int cuDeviceGetName(char *name, int n, int d) {
    BEGIN;
    CHECK(n > 32 && d < devices, invalid_value);
    snprintf(name, n, "vsim fake GPU %d", d);
    return 0;
}
int cuDeviceGetPCIBusId(char *name, int n, int d) {
    BEGIN;
    CHECK(n >= 13 && d < devices, invalid_value);
    snprintf(name, n, "0000:%02x:00.0", d + 1);
    return 0;
}
int cuDeviceTotalMem_v2(size_t *n, int d) {
    BEGIN;
    CHECK(d < devices, invalid_device);
    *n = capacity;
    return 0;
}
int cuDeviceGetAttribute(int *v, int attribute, int d) {
    BEGIN;
    CHECK(d < devices, invalid_device);
    static const std::map<int, int> values = {{16, 4}, {40, 2}, {75, 9}, {76, 0}};
    auto a = values.find(attribute);
    CHECK(a != values.end(), invalid_value);
    *v = a->second;
    return 0;
}
int cuDevicePrimaryCtxRetain(void **c, int d) {
    BEGIN;
    CHECK(d < devices, invalid_device);
    count("contexts", 1);
    retained++;
    *c = &context;
    return 0;
}
int cuDevicePrimaryCtxRelease_v2(int d) {
    BEGIN;
    CHECK(d < devices && retained > 0, invalid_context);
    count("contexts", -1);
    retained--;
    return 0;
}
int cuCtxSetCurrent(void *c) {
    BEGIN;
    CHECK(c == &context || !c, invalid_context);
    current = c;
    return 0;
}
int cuMemAlloc_v2(uintptr_t *p, size_t n) {
    IN_CONTEXT;
    NOT_WHILE_CAPTURING;
    CHECK(n > 0, invalid_value);
    if (used + n > capacity) return out_of_memory;
    *p = (uintptr_t)aligned_alloc(256, (n + 255) / 256 * 256);
    memset((void *)*p, 0xaa, n); // nobody may count on what lies there
    count("device buffers", 1);
    std::lock_guard<std::mutex> hold(lock);
    device[*p] = n;
    used += n;
    return 0;
}
int cuMemFree_v2(uintptr_t p) {
    IN_CONTEXT;
    NOT_WHILE_CAPTURING;
    {
        std::lock_guard<std::mutex> hold(lock);
        CHECK(device.count(p), invalid_value);
        used -= device[p];
        device.erase(p);
    }
    count("device buffers", -1);
    free((void *)p);
    return 0;
}
int cuMemHostAlloc(void **p, size_t n, unsigned flags) {
    IN_CONTEXT;
    NOT_WHILE_CAPTURING;
    CHECK(n > 0 && flags == 0, invalid_value);
    *p = aligned_alloc(4096, (n + 4095) / 4096 * 4096);
    count("pinned buffers", 1);
    std::lock_guard<std::mutex> hold(lock);
    pinned[(uintptr_t)*p] = n;
    return 0;
}
int cuMemFreeHost(void *p) {
    IN_CONTEXT;
    NOT_WHILE_CAPTURING;
    {
        std::lock_guard<std::mutex> hold(lock);
        CHECK(pinned.erase((uintptr_t)p), invalid_value);
    }
    count("pinned buffers", -1);
    free(p);
    return 0;
}
int cuMemGetInfo_v2(size_t *free, size_t *total) {
    IN_CONTEXT;
    *free = capacity - used, *total = capacity;
    return 0;
}
int cuMemcpyHtoDAsync_v2(uintptr_t dst, const void *src, size_t n, void *s) {
    IN_CONTEXT;
    CHECK(known(s), invalid_handle);
    CHECK(n > 0 && inside(device, dst, n), invalid_value);
    memcpy((void *)dst, src, n);
    return 0;
}
int cuMemcpyDtoHAsync_v2(void *dst, uintptr_t src, size_t n, void *s) {
    IN_CONTEXT;
    CHECK(known(s), invalid_handle);
    CHECK(n > 0 && (inside(device, src, n) || inside(foreign, src, n)), invalid_value);
    memcpy(dst, (void *)src, n);
    return 0;
}
int cuStreamCreate(void **s, unsigned flags) {
    IN_CONTEXT;
    CHECK(flags <= 1, invalid_value);
    *s = make<int>("streams");
    return 0;
}
int cuStreamDestroy_v2(void *s) {
    IN_CONTEXT;
    CHECK(known(s), invalid_handle);
    drop<int>(s, "streams");
    return 0;
}
int cuStreamSynchronize(void *s) {
    IN_CONTEXT;
    CHECK(known(s), invalid_handle);
    return 0;
}
int cuEventCreate(void **e, unsigned flags) {
    IN_CONTEXT;
    CHECK(flags <= 1, invalid_value);
    *e = make<instant>("events");
    return 0;
}
int cuEventDestroy_v2(void *e) {
    IN_CONTEXT;
    CHECK(known(e), invalid_handle);
    drop<instant>(e, "events");
    return 0;
}
int cuEventRecord(void *e, void *s) {
    IN_CONTEXT;
    CHECK(known(e) && known(s), invalid_handle);
    *(instant *)e = std::chrono::steady_clock::now();
    return 0;
}
int cuEventSynchronize(void *e) {
    IN_CONTEXT;
    CHECK(known(e), invalid_handle);
    return 0;
}
int cuEventElapsedTime(float *ms, void *from, void *to) {
    IN_CONTEXT;
    CHECK(known(from) && known(to), invalid_handle);
    *ms = std::chrono::duration<float, std::milli>(*(instant *)to - *(instant *)from).count();
    return 0;
}
int cuModuleLoadData(void **m, const char *image) {
    IN_CONTEXT;
    CHECK(!strncmp(image, "fake cubin sm_90", 16), invalid_image);
    *m = make<int>("modules");
    return 0;
}
int cuModuleUnload(void *m) {
    IN_CONTEXT;
    CHECK(known(m), invalid_handle);
    drop<int>(m, "modules");
    return 0;
}
int cuModuleGetFunction(void **f, void *m, const char *name) {
    IN_CONTEXT;
    CHECK(known(m), invalid_handle);
    *f = !strcmp(name, "resize_single") ? (void *)resize_single : !strcmp(name, "resize_half") ? (void *)resize_half : !strcmp(name, "resize_byte") ? (void *)resize_byte : nullptr;
    return *f ? 0 : not_found;
}
int cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *s,
                   void **params, void **extra) {
    IN_CONTEXT;
    CHECK(known(s), invalid_handle);
    CHECK(f == (void *)resize_single || f == (void *)resize_half || f == (void *)resize_byte, invalid_handle);
    CHECK(gx && gy && gz && bx && by && bz && bx * by * bz <= 1024 && gz <= 65535 && !shared && !extra, invalid_value);
    const picture *pictures = *(const picture **)params[0];
    void *out = *(void **)params[1];
    int width = *(int *)params[2], height = *(int *)params[3], size = f == (void *)resize_single ? 4 : f == (void *)resize_half ? 2 : 1;
    affine n = *(affine *)params[4];
    CHECK(inside(device, (uintptr_t)pictures, gz * sizeof(picture)), invalid_value);
    CHECK(inside(device, (uintptr_t)out, (size_t)gz * 3 * height * width * size), invalid_value);
    CHECK((int)(gx * bx) >= width && (int)(gy * by) >= height, invalid_value);
    for (unsigned i = 0; i < gz; i++)
        CHECK(inside(device, pictures[i].pixels, 3ull * pictures[i].width * pictures[i].height), invalid_value);
    blockDim = {(int)bx, (int)by, (int)bz};
    for (blockIdx.z = 0; blockIdx.z < (int)gz; blockIdx.z++)
        for (blockIdx.y = 0; blockIdx.y < (int)gy; blockIdx.y++)
            for (blockIdx.x = 0; blockIdx.x < (int)gx; blockIdx.x++)
                for (threadIdx.y = 0; threadIdx.y < (int)by; threadIdx.y++)
                    for (threadIdx.x = 0; threadIdx.x < (int)bx; threadIdx.x++)
                        if (size == 4)
                            resize_single(pictures, (float *)out, width, height, n);
                        else if (size == 1)
                            resize_byte(pictures, (unsigned char *)out, width, height, n);
                        else
                            resize_half(pictures, (unsigned short *)out, width, height, n);
    return 0;
}

// NVRTC.
struct program {
    std::string source, log, image;
};
int nvrtcVersion(int *major, int *minor) {
    ENTER;
    *major = 13, *minor = 0;
    return 0;
}
const char *nvrtcGetErrorString(int code) { return code == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR unknown"; }
int nvrtcCreateProgram(program **p, const char *source, const char *name, int headers, const char **texts, const char **names) {
    ENTER;
    CHECK(source && name && !headers && !texts && !names, 3);
    count("programs", 1);
    *p = new program{source, "", ""};
    return 0;
}
int nvrtcDestroyProgram(program **p) {
    ENTER;
    count("programs", -1);
    delete *p;
    *p = nullptr;
    return 0;
}
int nvrtcCompileProgram(program *p, int n, const char **options) {
    ENTER;
    CHECK(n == 1 && !strcmp(options[0], "--gpu-architecture=sm_90"), 5);
    if (p->source.find("#error") != std::string::npos) {
        p->log = "kernel.cu(1): catastrophic error: #error directive: no\n\n1 error detected\n";
        return 6;
    }
    p->image = "fake cubin sm_90";
    return 0;
}
int nvrtcGetCUBINSize(program *p, size_t *n) {
    ENTER;
    *n = p->image.size() + 1;
    return 0;
}
int nvrtcGetCUBIN(program *p, char *out) {
    ENTER;
    strcpy(out, p->image.c_str());
    return 0;
}
int nvrtcGetProgramLogSize(program *p, size_t *n) {
    ENTER;
    *n = p->log.size() + 1;
    return 0;
}
int nvrtcGetProgramLog(program *p, char *out) {
    ENTER;
    strcpy(out, p->log.c_str());
    return 0;
}
}
