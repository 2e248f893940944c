// M/M/1 at load 0.8 on ns-3: usage: mm1 SCHEDULER EVENTS
#include "common.h"
#include <deque>

using namespace ns3;

struct Queue {
  int64_t events = 0, limit;
  Wyrand rng{1};
  Histogram latency;
  std::deque<int64_t> waiting;

  bool stop() {
    if (++events < limit) return false;
    Simulator::Stop();
    return true;
  }
  void serve() { Simulator::Schedule(NanoSeconds(rng.exponential(0.8e6)), &Queue::depart, this); }
  void arrive() {
    if (stop()) return;
    Simulator::Schedule(NanoSeconds(rng.exponential(1e6)), &Queue::arrive, this);
    waiting.push_back(Simulator::Now().GetTimeStep());
    if (waiting.size() == 1) serve();
  }
  void depart() {
    if (stop()) return;
    latency.record(Simulator::Now().GetTimeStep() - waiting.front());
    waiting.pop_front();
    if (!waiting.empty()) serve();
  }
};

int main(int, char **argv) {
  chooseScheduler(argv[1]);
  Queue q;
  q.limit = atoll(argv[2]);
  Simulator::Schedule(NanoSeconds(q.rng.exponential(1e6)), &Queue::arrive, &q);
  runAndReport(argv[1], "mm1", q.events, q.latency);
}
