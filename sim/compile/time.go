package compile

import (
	"errors"

	"vsim/sim/engine/random"
)

// takesTime refuses systems whose clock would stand still: arrivals without a gap, and clients that come back at
// once from a server that needs no time.
func (b *builder) takesTime() {
	source := &b.sys.Source
	if instant(source.Gap) {
		b.fault("workload.gap", errors.New("is always 0; requests need a time between them"))
	}
	if source.Clients == 0 || source.Think != nil && !instant(source.Think) {
		return
	}
	for i := range b.sys.Pools {
		for k := range b.sys.Pools[i].Steps {
			for _, row := range b.sys.Pools[i].Steps[k].Service.At {
				for _, s := range row {
					if !instant(s) {
						return
					}
				}
			}
		}
	}
	b.fault("workload", errors.New("nothing takes any time, so that clients without think_time would come back without end at one moment; give a service or workload.think_time"))
}

// instant says that a time is 0 whenever it is drawn. A time that could not be made, nil, is not.
func instant(s *random.Sampler) bool {
	if s == nil {
		return false
	}
	ns, constant := s.Constant()
	return constant && ns == 0
}
