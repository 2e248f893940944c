"""The two models as SimPy processes. Usage: models.py mm1|network EVENTS

Events are counted as the other engines count them: arrivals, completions,
deadlines of the model, not SimPy's own.
"""

import random
import resource
import sys

import simpy

draw = random.Random(1).expovariate


class MM1:
    def __init__(self, env, limit):
        self.env, self.limit, self.events = env, limit, 0
        self.count, self.total = 0, 0.0
        self.stop = env.event()
        self.server = simpy.Resource(env, 1)
        env.process(self.source())

    def tick(self):
        self.events += 1
        if self.events == self.limit:
            self.stop.succeed()

    def source(self):
        while True:
            yield self.env.timeout(draw(1 / 1e6))
            self.tick()
            self.env.process(self.customer())

    def customer(self):
        came = self.env.now
        with self.server.request() as turn:
            yield turn
            yield self.env.timeout(draw(1 / 0.8e6))
        self.tick()
        self.count += 1
        self.total += self.env.now - came


class Network:
    def __init__(self, env, limit):
        self.env, self.limit, self.events = env, limit, 0
        self.count, self.total = 0, 0.0
        self.stop = env.event()
        self.cpus = simpy.Resource(env, 16)
        self.waiting = []  # (time, event that ends the customer's wait)
        self.idle_gpus = 8
        self.changed = env.event()
        for _ in range(512):
            env.process(self.customer())
        env.process(self.batcher())

    def tick(self):
        self.events += 1
        if self.events == self.limit:
            self.stop.succeed()

    def customer(self):
        env = self.env
        while True:
            came = env.now
            with self.cpus.request() as turn:
                yield turn
                yield env.timeout(draw(1 / 1.6e6))
            self.tick()
            done = env.event()
            self.waiting.append((env.now, done))
            if len(self.waiting) in (1, 32):
                self.wake()
            yield done
            self.count += 1
            self.total += env.now - came

    def wake(self):
        if not self.changed.triggered:
            self.changed.succeed()

    def batcher(self):
        env = self.env
        while True:
            self.changed = env.event()
            if not (self.waiting and self.idle_gpus):
                yield self.changed
                continue
            due = self.waiting[0][0] + 1e6
            if due > env.now and len(self.waiting) < 32:
                deadline = env.timeout(due - env.now)
                yield self.changed | deadline
                if deadline.processed:
                    self.tick()
                    due = env.now
                if due > env.now and len(self.waiting) < 32:
                    continue
            batch, self.waiting = self.waiting[:32], self.waiting[32:]
            self.idle_gpus -= 1
            env.process(self.gpu(batch))

    def gpu(self, batch):
        yield self.env.timeout(2e6 + 5e4 * len(batch))
        self.tick()
        for _, done in batch:
            done.succeed()
        self.idle_gpus += 1
        self.wake()


env = simpy.Environment()
model = {"mm1": MM1, "network": Network}[sys.argv[1]](env, int(sys.argv[2]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
env.run(until=model.stop)
user_s = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
print(f"SimPy-{simpy.__version__} {sys.argv[1]} {model.events} {user_s:.4f} {model.total / model.count:.1f}")
