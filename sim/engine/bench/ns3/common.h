// What both models need: a fast random generator, exponential times, a
// log-linear histogram like ours, CPU time, and the choice of scheduler.
#pragma once
#include <ns3/core-module.h>
#include <sys/resource.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

struct Wyrand { // wyrand 4 (Wang Yi): one multiplication a number
  uint64_t s;
  uint64_t next() {
    s += 0xa0761d6478bd642full;
    __uint128_t t = (__uint128_t)s * (s ^ 0xe7037ed1a0b428dbull);
    return (uint64_t)(t >> 64) ^ (uint64_t)t;
  }
  int64_t exponential(double meanNs) {
    return (int64_t)(-std::log(((next() >> 11) + 1) * 0x1p-53) * meanNs + 0.5);
  }
};

struct Histogram {
  std::vector<uint64_t> counts = std::vector<uint64_t>(58 << 7);
  int64_t n = 0, sum = 0;
  void record(int64_t v) {
    int shift = std::max(57 - (v ? __builtin_clzll(v) : 64) - 1, 0);
    counts[(shift << 7) + (v >> shift)]++;
    n++;
    sum += v;
  }
};

inline double userSeconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_utime.tv_usec * 1e-6;
}

inline void chooseScheduler(const std::string &name) {
  ns3::ObjectFactory f;
  f.SetTypeId("ns3::" + name);
  ns3::Simulator::SetScheduler(f);
}

// Runs until stop has been called and prints: engine, model, events, user
// seconds, mean latency in ns.
inline void runAndReport(const char *engine, const char *model, int64_t &events, Histogram &h) {
  double before = userSeconds();
  ns3::Simulator::Run();
  printf("ns-3.37/%s %s %lld %.4f %.1f\n", engine, model, (long long)events, userSeconds() - before, (double)h.sum / h.n);
}
