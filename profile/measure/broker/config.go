// Package broker says which points of a message broker are measured: what a request of one or more messages takes to be produced,
// to reach a consumer that waits, and to be fetched, by the clients that a server uses (package device/broker), with the CPU time
// that client and broker spend on it.
package broker

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/measure"
	"vsim/profile/measure/machine"
)

// Config says what to measure. Zero values are replaced by the defaults named here.
type Config struct {
	Brokers []string // of profile.BrokerKinds; default all of them
	Kafka   string   // host:port of a user's own; default: one is started on loopback
	Redis   string   // likewise
	Sizes   []int    // bytes of a message; default 1 kB, 10 kB, 100 kB and 1 MB
	// WarmUp is how long a broker is kept busy at most before anything counts; default 40 s. It is less where it does not get faster.
	WarmUp  time.Duration
	Batches []int // messages of a request; default 1, 5, 10 and 25; those of MostBytes and more are left out
	// Running are brokers of our own that run already, by kind of server: they are measured in place of new ones, and stay.
	Running map[string]*local.Server
	measure.Options
}

// MostBytes is what the messages of a request are below: such requests are rare, and brokers have limits.
const MostBytes = 8_000_000

// The limits of what can be asked for.
const (
	MostMessage = MostBytes - 1
	MostBatch   = 1000
	mostPoints  = 32 // sizes, or batches
)

// PerBroker and QuickPerBroker are the budgets of a broker; Quick has one size, and less time to warm up.
const (
	PerBroker      = 130 * time.Second
	QuickPerBroker = 30 * time.Second
	QuickWarmUp    = 16 * time.Second
)

// Sizes and batches that are measured where nothing else is asked for.
var (
	Sizes      = []int{1_000, 10_000, 100_000, 1_000_000}
	QuickSizes = []int{10_000}
	Batches    = []int{1, 5, 10, 25}
)

// Kinds gives the brokers of a list of names as a user writes them: those of profile.BrokerKinds, and kafka for the safer of
// its two.
func Kinds(names []string) (out []string, err error) {
	for _, name := range names {
		kind := strings.TrimSpace(name)
		if kind == "kafka" {
			kind = profile.KafkaAll
		}
		if !slices.Contains(profile.BrokerKinds, kind) {
			return nil, fmt.Errorf("%q is no broker; there are %s, and kafka for %s", name, strings.Join(profile.BrokerKinds, ", "), profile.KafkaAll)
		}
		if !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out, nil
}

func (c Config) withDefaults() (Config, error) {
	if len(c.Brokers) == 0 {
		c.Brokers = profile.BrokerKinds
	}
	c = c.withRequests()
	if c.WarmUp == 0 {
		c.WarmUp = warmUsual
	}
	if c.Burst == 0 {
		c.Burst = burst
	}
	c.Busy, c.LeaveOut = 2, true // a producer and a consumer
	if c.OthersCores == 0 && (isHere(c.Kafka) || isHere(c.Redis)) {
		c.OthersCores = float64(machine.Cores()) // what it uses cannot be told from what others do
	}
	return c, c.Check()
}

func (c Config) withRequests() Config {
	if len(c.Sizes) == 0 {
		c.Sizes = Sizes
	}
	if len(c.Batches) == 0 {
		c.Batches = Batches
	}
	return c
}

// isHere says that an address is one of this machine's, whatever name it has.
func isHere(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	found, _ := net.LookupIP(host)
	ours, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(found, func(ip net.IP) bool {
		return ip.IsLoopback() || slices.ContainsFunc(ours, func(a net.Addr) bool { return strings.HasPrefix(a.String(), ip.String()+"/") })
	})
}

// Check refuses what cannot be measured.
func (c Config) Check() error {
	for _, list := range []struct {
		what    string
		numbers []int
		most    int
	}{{"a message of %d bytes", c.Sizes, MostMessage}, {"%d messages in a request", c.Batches, MostBatch}} {
		for _, n := range list.numbers {
			if n < 1 || n > list.most {
				return fmt.Errorf(list.what+": from 1 to %d", n, list.most)
			}
		}
		if len(list.numbers) > mostPoints {
			return fmt.Errorf("%d sizes or batches: at most %d", len(list.numbers), mostPoints)
		}
	}
	c = c.withRequests()
	if len(requests(c.Sizes, c.Batches)) > 0 {
		return nil
	}
	smallest := request{slices.Min(c.Sizes), slices.Min(c.Batches)}
	if smallest.size*smallest.batch < MostBytes {
		return fmt.Errorf("requests of %d messages of %d bytes cannot be told from larger ones; larger sizes or smaller batches",
			smallest.batch, slices.Max(c.Sizes))
	}
	return fmt.Errorf("the smallest request, %d messages of %d bytes, has %d bytes or more; smaller sizes or batches",
		smallest.batch, smallest.size, MostBytes)
}

// request is what is sent at once.
type request struct{ size, batch int }

func (r request) String() string {
	return fmt.Sprintf("%d of %s", r.batch, measure.FormatMessage(r.size))
}

// requests are those of all sizes and batches that are not too large.
func requests(sizes, batches []int) (out []request) {
	for _, size := range slices.Compact(slices.Sorted(slices.Values(sizes))) {
		for _, batch := range slices.Compact(slices.Sorted(slices.Values(batches))) {
			if r := (request{size, batch}); size*batch < MostBytes && r.fits() {
				out = append(out, r)
			}
		}
	}
	return out
}

// Open starts the brokers that are no user's own, warms them up and sends a message of every kind, so that whatever is wrong is
// said before anything is measured.
func Open(ctx context.Context, cfg Config) (*measure.Bench, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return measure.Open(ctx, cfg.Options, func() (measure.Target, error) { return open(ctx, cfg) })
}
