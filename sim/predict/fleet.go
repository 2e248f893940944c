package predict

import (
	"math"
	"reflect"
)

// of makes the prediction that of a fleet of so many systems like the one that was simulated, side by side: everything that is
// counted by the second is that many times as much. What a request sees is what it was, and so is what each device does.
func (p *Prediction) of(fleet float64) {
	if fleet == 1 {
		return
	}
	d := &p.Dropped
	rates := []*Estimate{&p.ThroughputRPS, p.ItemsPerS, &p.OfferedRPS, &p.RetriedRPS, &p.EvictedRPS, p.QueueGrowthRPS,
		&d.RejectedRPS, &d.ExpiredRPS, &d.LostRPS, &d.SkippedRPS}
	for i := range p.Classes {
		rates = append(rates, &p.Classes[i].ThroughputRPS)
	}
	for _, rate := range rates {
		if rate != nil {
			*rate = rate.Times(fleet)
		}
	}
	for i := range p.Resources {
		r := &p.Resources[i]
		r.FleetCopies = int(math.Round(fleet * float64(max(len(r.Copies), 1))))
	}
	if p.PI != nil {
		p.PI.ThroughputRPS.Low *= fleet
		p.PI.ThroughputRPS.High *= fleet
	}
	if h := p.History; h != nil {
		multiply(h.OfferedRPS, fleet)
		multiply(h.ThroughputRPS, fleet)
		multiply(h.Inside, fleet)
	}
	for i := range p.Rounds {
		for k := range p.Rounds[i].Replications {
			p.Rounds[i].Replications[k].ThroughputRPS *= fleet
		}
	}
}

func multiply(values []float64, by float64) {
	for i := range values {
		values[i] *= by
	}
}

// Allow widens the intervals by so many times what another prediction of the same may differ in each number, the far end of its interval, and
// adds what that one took to what this one took. It returns how much the other differs in throughput or p99, relatively.
func (p *Prediction) Allow(times float64, other *Prediction) (differs float64) {
	differs = max(math.Abs(other.ThroughputRPS.Value/p.ThroughputRPS.Value-1), math.Abs(other.LatencyS.P99.Value/p.LatencyS.P99.Value-1))
	allow(reflect.ValueOf(p).Elem(), reflect.ValueOf(other).Elem(), times)
	if pi, l := p.PI, &p.LatencyS; pi != nil {
		pi.ThroughputRPS.cover(p.ThroughputRPS)
		pi.DroppedShare.cover(p.Dropped.Share)
		for of, run := range map[*Estimate]*Spread{&l.Mean: &pi.LatencyS.Mean, &l.P50: &pi.LatencyS.P50, &l.P90: &pi.LatencyS.P90,
			&l.P95: &pi.LatencyS.P95, &l.P99: &pi.LatencyS.P99, &l.P999: &pi.LatencyS.P999} {
			run.cover(*of)
		}
	}
	r, o := &p.Run, &other.Run
	r.plus(o)
	r.WallS += o.WallS
	return differs
}

// cover makes an interval of one run no narrower than that of the mean.
func (s *Spread) cover(e Estimate) { s.Low, s.High = min(s.Low, e.Low), max(s.High, e.High) }

// allow widens every Estimate in a part of a prediction by what it may differ from the same in another one. Lists that are not as long
// there, those of copies, are left as they are.
func allow(part, other reflect.Value, times float64) {
	if e, ok := part.Addr().Interface().(*Estimate); ok {
		o := other.Addr().Interface().(*Estimate)
		if by := times * max(math.Abs(o.Low/e.Value-1), math.Abs(o.High/e.Value-1)); finiteNumber(by) {
			e.Low, e.High = e.Low/(1+by), e.High*(1+by)
		}
		return
	}
	switch part.Kind() {
	case reflect.Pointer:
		if !part.IsNil() && !other.IsNil() && part.Type().Elem().Kind() == reflect.Struct {
			allow(part.Elem(), other.Elem(), times)
		}
	case reflect.Struct:
		for i := range part.NumField() {
			if f := part.Type().Field(i); f.IsExported() && f.Type.PkgPath() != "vsim/sim/engine/stats" || f.Type == reflect.TypeFor[Estimate]() {
				allow(part.Field(i), other.Field(i), times)
			}
		}
	case reflect.Slice:
		for i := range part.Len() {
			if part.Len() == other.Len() {
				allow(part.Index(i), other.Index(i), times)
			}
		}
	}
}
