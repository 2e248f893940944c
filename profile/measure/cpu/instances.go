package cpu

import (
	"slices"
	"time"

	"vsim/profile/device"
	"vsim/profile/measure/input"
)

// instance is an inference instance that is loaded anew now and then. Where its memory happens to lie changes its speed by some percent for
// as long as it lives (a process's first instances were up to 4 % slower than its tenth: pages that are scattered in memory need more
// entries of the TLB), and every server loads its own.
type instance struct {
	*device.Instance
	load   func() (*device.Instance, error)
	loaded time.Time
	cost   time.Duration // of loading it last
}

// reloading is the part of the time that loading anew may take.
const reloading = 0.05

func (t *target) newInstance(m input.Model, threads, maxBatch int) (*instance, error) {
	i := &instance{load: func() (*device.Instance, error) { return device.NewInstance(m.Path, threads, maxBatch, m.Options) }}
	if err := i.open(); err != nil {
		return nil, err
	}
	t.instances = append(t.instances, i)
	t.closers = append(t.closers, i.close)
	return i, nil
}

func (i *instance) open() (err error) {
	began := time.Now()
	i.Instance, err = i.load()
	i.loaded, i.cost = time.Now(), time.Since(began)
	return err
}

func (i *instance) close() {
	if i.Instance != nil {
		i.Instance.Close()
		i.Instance = nil
	}
}

// Renew loads the instance that is the oldest anew, where loading has not taken more than its part of the time so far.
func (t *target) Renew(elapsed time.Duration) error {
	if len(t.instances) == 0 {
		return nil
	}
	i := slices.MinFunc(t.instances, func(a, b *instance) int { return a.loaded.Compare(b.loaded) })
	if float64(t.reloading+i.cost) > reloading*float64(elapsed) {
		return nil
	}
	i.close()
	err := i.open()
	t.reloading += i.cost
	return err
}
