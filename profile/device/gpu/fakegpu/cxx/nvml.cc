// A fake NVML of a GPU that draws 100 W (nvml.h).
#include <chrono>

#include "fake.h"

namespace {
enum { invalid = 2, not_found = 6, insufficient_size = 7 };
const int watts = 100;
unsigned long long reasons;
unsigned processes = 1;
struct process {
    unsigned pid;
    unsigned long long memory;
    unsigned gpu_instance, compute_instance;
};
int number(const char *function, void *d, unsigned *out, unsigned value) {
    if (int code = enter(function)) return code < 0 ? 0 : code;
    CHECK(d, invalid);
    *out = value;
    return 0;
}
} // namespace

extern "C" {
void fake_state(unsigned long long r, unsigned p) { reasons = r, processes = p; }

int nvmlInit_v2() {
    ENTER;
    count("NVML", 1);
    return 0;
}
int nvmlShutdown() {
    ENTER;
    count("NVML", -1);
    return 0;
}
const char *nvmlErrorString(int code) {
    switch (code) {
    case 1: return "Uninitialized";
    case 3: return "Not Supported";
    case 4: return "Insufficient Permissions";
    case 9: return "Driver Not Loaded";
    case 15: return "GPU is lost";
    }
    return "Unknown Error";
}
int nvmlSystemGetDriverVersion(char *text, unsigned n) {
    ENTER;
    CHECK(n >= 80, insufficient_size);
    strcpy(text, "000.00 (fake)");
    return 0;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, void **d) {
    ENTER;
    CHECK(!strncmp(bus, "0000:", 5), not_found);
    static int device;
    *d = &device;
    return 0;
}
int nvmlDeviceGetPowerUsage(void *d, unsigned *mw) { return number(__func__, d, mw, 1000 * watts); }
int nvmlDeviceGetClockInfo(void *d, int type, unsigned *mhz) {
    CHECK(type == 1, invalid);
    return number(__func__, d, mhz, 1500);
}
int nvmlDeviceGetTemperature(void *d, int sensor, unsigned *c) {
    CHECK(sensor == 0, invalid);
    return number(__func__, d, c, 40);
}
int nvmlDeviceGetCurrPcieLinkGeneration(void *d, unsigned *n) { return number(__func__, d, n, 5); }
int nvmlDeviceGetCurrPcieLinkWidth(void *d, unsigned *n) { return number(__func__, d, n, 16); }
int nvmlDeviceGetTotalEnergyConsumption(void *d, unsigned long long *mj) {
    ENTER;
    CHECK(d, invalid);
    using namespace std::chrono;
    auto ms = duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
    *mj = ms / 20 * 20 * watts; // mW s = mJ; the counter moves every 20 ms
    return 0;
}
int nvmlDeviceGetCurrentClocksEventReasons(void *d, unsigned long long *r) {
    ENTER;
    CHECK(d, invalid);
    *r = reasons;
    return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *d, unsigned *n, process *infos) {
    ENTER;
    CHECK(d && n && (infos || !*n), invalid);
    bool fits = *n >= processes;
    *n = processes;
    if (!fits) return insufficient_size; // how a caller learns their number
    for (unsigned i = 0; i < processes; i++) infos[i] = process{1000 + i, 1 << 20, ~0u, ~0u};
    return 0;
}
}
