package batcher

import "vsim/sim/event"

type Config struct {
	MaxBatch  int
	DelayNs   event.Time
	Preferred []int
	Prefetch  bool
	Instances int
	Queues    []Queue
}
type Queue struct {
	Limit     int
	TimeoutNs event.Time
	Defer     bool
}
type Batcher struct{}

func New(c Config) *Batcher                                     { return &Batcher{} }
func (b *Batcher) Add(now event.Time, id int32, level int) bool { return false }
func (b *Batcher) Idle(now event.Time, idle int)                {}
func (b *Batcher) Take(now event.Time) []int32                  { return nil }
func (b *Batcher) Due() event.Time                              { return event.Never }
func (b *Batcher) Wake(now event.Time)                          {}
func (b *Batcher) Expired() []int32                             { return nil }
func (b *Batcher) Drain() []int32                               { return nil }
