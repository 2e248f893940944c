package engine

import "testing"

// TestObserverSeesAll: on random systems, half of them with what can go wrong, what an observer is told adds up to
// the run's own sums.
func TestObserverSeesAll(t *testing.T) {
	broken := 0
	for seed := range uint64(seeds(100)) {
		sys := drawSystem(seed)
		if seed%2 == 1 {
			swarmOf(seed).trouble(sys)
		}
		r := newRun(t, sys, 0)
		type doing struct {
			since int64
			step  int
		}
		steps := make([]StepSums, len(r.stages))
		batches := make([]PoolSums, len(sys.Pools))
		seen, jobs := counters{}, map[int32]doing{}
		r.Observe(func(e *Event) {
			step := 0
			if e.Batch != nil {
				step = int(r.pools[e.Pool].first + e.Step)
			}
			switch e.Kind {
			case RequestArrives:
				seen.Arrived++
			case RequestLeaves:
				seen.Completed++
				seen.LatencyNs += int64(e.At - e.Arrived)
			case RequestDropped:
				seen.Dropped[e.Reason]++
			case BatchStarts:
				batches[e.Pool].Batches++
				batches[e.Pool].Requests += int64(len(e.Batch))
				for _, m := range e.Batch {
					if m.Queued > e.At {
						t.Errorf("request %d came to pool %d at %d, after it was taken at %d", m.Request, e.Pool, m.Queued, e.At)
					}
				}
			case StepStarts:
				jobs[e.Job] = doing{int64(e.At), step}
			case StepEnds, BatchBreaks:
				began, working := jobs[e.Job]
				if delete(jobs, e.Job); !working {
					break // it waited for memory
				}
				n, span := int64(len(e.Batch)), int64(e.At)-began.since
				if began.step != step {
					t.Errorf("job %d began step %d and ended step %d", e.Job, began.step, step)
				}
				steps[step].WorkerNs += span
				steps[step].RequestNs += n * span
				if e.Kind == BatchBreaks {
					broken++
					break
				}
				if e.WaitedNs < 0 || e.WaitedNs+e.AloneNs > span+1 {
					t.Errorf("of %d ns, %d in line and %d alone", span, e.WaitedNs, e.AloneNs)
				}
			}
		})
		for r.Events() < 1000 && r.Inside() < 1000 {
			before := r.Events()
			if r.goOn(100); r.Events() == before {
				break
			}
		}
		if seen.Arrived != r.count.Arrived || seen.Completed != r.count.Completed || seen.LatencyNs != r.count.LatencyNs || seen.Dropped != r.count.Dropped {
			t.Errorf("told of %+v, counted %+v\n%s", seen, r.count, describe(sys))
		}
		for i, s := range steps {
			if got := r.stages[i].sums; s.WorkerNs != got.WorkerNs || s.RequestNs != got.RequestNs {
				t.Errorf("step %d: told of %+v, counted %+v\n%s", i, s, got, describe(sys))
			}
		}
		for i, p := range batches {
			if got := r.pools[i].sums; p.Batches != got.Batches || p.Requests != got.Requests {
				t.Errorf("pool %d: told of %+v, counted %+v\n%s", i, p, got, describe(sys))
			}
		}
	}
	if broken == 0 {
		t.Error("no batch was ever broken off")
	}
}
