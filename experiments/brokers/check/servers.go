package check

import (
	"context"
	"fmt"
	"os"
	"time"

	"vsim/experiments/brokers/live"
	"vsim/profile"
	"vsim/profile/device/broker"
	"vsim/profile/device/broker/local"
)

// server is a broker that runs.
type server struct {
	address string
	local   *local.Server // nil: a user's own
	start   time.Duration // that its start took
}

// cpuTime is that of the broker, where it is one that was started here.
func (s *server) cpuTime() live.CPUTime {
	if s == nil || s.local == nil {
		return nil
	}
	return s.local.CPUTime
}

// startServers starts the brokers that the cases need and that are no user's own.
func (k *kit) startServers(ctx context.Context) error {
	started := map[string]*server{}
	for _, kind := range k.opt.Kinds {
		if kind == Fused {
			continue
		}
		what, own := serverOf(kind), k.opt.Redis
		if what == local.Kafka {
			own = k.opt.Kafka
		}
		if started[what] == nil && own != "" {
			started[what] = &server{address: own}
		}
		if started[what] == nil {
			began := time.Now()
			s, err := local.Start(ctx, local.Options{Kind: what, Pauses: !k.outages})
			if err != nil {
				return err
			}
			started[what] = &server{s.Address, s, time.Since(began)}
		}
		k.servers[kind] = started[what]
	}
	return nil
}

// only has all brokers that were started here rest but one, nil for none of them: what they do with nothing to do would slow down what
// runs beside them.
func (k *kit) only(running *server) {
	if k.outages || k.rest && running == k.running {
		return
	}
	k.rest = true
	for _, s := range k.servers {
		switch {
		case s.local == nil:
		case s == running:
			s.local.Resume()
		default:
			s.local.Pause()
		}
	}
	if k.running = running; running != nil {
		time.Sleep(catchUp)
	}
}

// catchUp is how long a broker has for what it would have done while it rested.
const catchUp = 300 * time.Millisecond

// serverOf is the kind of server of a kind of case that has a broker.
func serverOf(kind string) string {
	if kind == profile.KafkaAll || kind == profile.KafkaOne {
		return local.Kafka
	}
	return local.Redis
}

// serverTime is the CPU time of all brokers that were started here, in ns.
func (k *kit) serverTime() (sum int64) {
	counted := map[*server]bool{}
	for _, s := range k.servers {
		if s.local != nil && !counted[s] {
			ns, err := s.local.CPUTime()
			if err == nil {
				sum += ns
			}
			counted[s] = true
		}
	}
	return sum
}

// topic makes a new one, so that nothing of an earlier run is in it.
func (k *kit) topic(ctx context.Context, kind string) (broker.Topic, error) {
	k.topics++
	return broker.Open(ctx, broker.Config{
		Broker: kind, Address: k.servers[kind].address, Topic: fmt.Sprintf("vsim-faces-%d-%d", os.Getpid(), k.topics),
		FetchMax: maxBatch, FetchBytes: maxBatch * k.pipeline.MessageBytes,
	})
}

// remove deletes a topic with what is left in it.
func (k *kit) remove(topic broker.Topic) {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	_ = topic.Remove(ctx) // its broker is gone, or will be
	topic.Close()
}
