// What the fakes share: failures on demand, a count of calls, and complaints about wrong arguments.
#pragma once
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

struct fault {
    int code, after, times; // fails with code that many times, after so many more calls that go well
};

inline std::mutex lock;
inline std::map<std::string, fault> faults;
inline std::map<std::string, long> calls;
inline std::map<std::string, long> live; // objects that were made and not freed, by kind
inline std::string complaint;            // the first wrong argument

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
