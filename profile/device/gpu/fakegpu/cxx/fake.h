// What the fakes share: failures on demand, a count of calls, complaints about wrong arguments, and settings from
// the environment for processes that no test has its hands on:
//   FAKE_TURBOJPEG, FAKE_ORT  the libraries beneath
//   FAKE_ENGINES              the number of JPEG engines
//   FAKE_FAIL                 "function code after" for each failure, with ";" between
//   FAKE_PLAN_US              what planning one session for a batch size takes, in microseconds
//   FAKE_COMPUTE              the largest batch that is computed, 0 for none; larger ones take FAKE_RUN_US for each picture
#pragma once
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

struct fault {
    int code, after, times; // fails with code that many times, after so many more calls that go well
};

inline std::mutex lock;
inline std::map<std::string, fault> faults;
inline std::map<std::string, long> calls;
inline std::map<std::string, long> live; // objects that were made and not freed, by kind
inline std::string complaint;            // the first wrong argument

inline std::atomic<int> lost;            // the code that all calls fail with once the device is lost
inline std::atomic<pthread_t> capturing; // the thread that captures a CUDA graph, 0 for none
inline std::atomic<bool> spoilt;         // whether another thread took or freed memory meanwhile
inline std::string events;               // what ONNX Runtime and nvJPEG did that takes long, a line each, with its thread

// note adds a line to the log of events. The caller does not hold the lock.
inline void note(const char *text) {
    std::lock_guard<std::mutex> hold(lock);
    events += std::string(text) + ", thread " + std::to_string(syscall(SYS_gettid)) + "\n";
}

// complain notes a wrong argument and gives the code that the real library gives for it.
inline int complain(const char *function, const char *what, int code) {
    if (complaint.empty()) complaint = std::string(function) + ": " + what;
    return code;
}

// enter counts a call and gives the code that it is to fail with, or 0. The code -1 means to do nothing, well.
inline int enter(const char *function) {
    std::lock_guard<std::mutex> hold(lock);
    calls[function]++;
    auto f = faults.find(function);
    if (f == faults.end() || f->second.after-- > 0 || f->second.times-- <= 0) return 0;
    return f->second.code;
}

// settings are the failures that the environment asks for.
inline void settings() {
    const char *text = getenv("FAKE_FAIL");
    for (std::string rest = text ? text : ""; !rest.empty();) {
        std::string one = rest.substr(0, rest.find(';'));
        rest.erase(0, one.size() + 1);
        char function[100];
        int code, after;
        if (sscanf(one.c_str(), " %99s %d %d", function, &code, &after) == 3) faults[function] = {code, after, 1 << 30};
    }
}

inline int setting(const char *name, int otherwise) {
    const char *text = getenv(name);
    return text ? atoi(text) : otherwise;
}

inline void count(const char *kind, long by) {
    std::lock_guard<std::mutex> hold(lock);
    live[kind] += by;
}

#define ENTER                                 \
    do {                                      \
        if (int code = enter(__func__)) return code < 0 ? 0 : code; \
    } while (0)

// CHECK refuses a wrong argument with the real library's code.
#define CHECK(ok, code)                                             \
    do {                                                            \
        if (!(ok)) return complain(__func__, "not " #ok, code);     \
    } while (0)
