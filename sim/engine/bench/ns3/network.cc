// The closed network on ns-3: usage: network SCHEDULER EVENTS
// 512 customers, 16 CPU servers (exponential, 1.6 ms), a batcher (up to 32, or
// what waits after 1 ms, when a server is free), 8 GPU servers (2 ms + 0.05 ms
// a customer).
#include "common.h"

using namespace ns3;

struct Ring { // of at most 512 customers
  int items[512];
  unsigned head = 0, tail = 0;
  int size() const { return tail - head; }
  int front() const { return items[head & 511]; }
  void push(int v) { items[tail++ & 511] = v; }
  int pop() { return items[head++ & 511]; }
};

struct Network {
  int64_t events = 0, limit;
  Wyrand rng{1};
  Histogram latency;
  int64_t joined[512], batched[512];
  Ring cpuLine, gpuLine;
  int idleCPUs = 16;
  std::vector<int> idleGPUs{7, 6, 5, 4, 3, 2, 1, 0};
  int batch[8][32], batchSize[8];
  EventId deadline;
  int64_t deadlineAt = -1;

  int64_t now() const { return Simulator::Now().GetTimeStep(); }
  bool stop() {
    if (++events < limit) return false;
    Simulator::Stop();
    return true;
  }
  void startCPU(int customer) {
    Simulator::Schedule(NanoSeconds(rng.exponential(1.6e6)), &Network::leaveCPU, this, customer);
  }
  void join(int customer) {
    joined[customer] = now();
    if (idleCPUs == 0) return cpuLine.push(customer);
    idleCPUs--;
    startCPU(customer);
  }
  void leaveCPU(int customer) {
    if (stop()) return;
    if (cpuLine.size() > 0) startCPU(cpuLine.pop());
    else idleCPUs++;
    batched[customer] = now();
    gpuLine.push(customer);
    offer();
  }
  void leaveGPU(int gpu) {
    if (stop()) return;
    for (int i = 0; i < batchSize[gpu]; i++) {
      latency.record(now() - joined[batch[gpu][i]]);
      join(batch[gpu][i]);
    }
    idleGPUs.push_back(gpu);
    offer();
  }
  void expire() {
    deadlineAt = -1;
    if (stop()) return;
    offer();
  }
  void offer() {
    int64_t due = -1;
    while (gpuLine.size() > 0 && !idleGPUs.empty()) {
      due = batched[gpuLine.front()] + 1000000;
      if (due > now() && gpuLine.size() < 32) break;
      startBatch();
      due = -1;
    }
    if (due == deadlineAt) return;
    if (deadlineAt >= 0) deadline.Cancel();
    deadlineAt = due;
    if (due >= 0) deadline = Simulator::Schedule(NanoSeconds(due - now()), &Network::expire, this);
  }
  void startBatch() {
    int gpu = idleGPUs.back();
    idleGPUs.pop_back();
    int n = std::min(gpuLine.size(), 32);
    for (int i = 0; i < n; i++) batch[gpu][i] = gpuLine.pop();
    batchSize[gpu] = n;
    Simulator::Schedule(NanoSeconds(2000000 + 50000 * n), &Network::leaveGPU, this, gpu);
  }
};

int main(int, char **argv) {
  chooseScheduler(argv[1]);
  static Network net;
  net.limit = atoll(argv[2]);
  for (int c = 0; c < 512; c++) net.join(c);
  runAndReport(argv[1], "network", net.events, net.latency);
}
