package scenario

import (
	"fmt"

	"vsim/sim/engine"
	"vsim/sim/engine/workload"
)

// CameraKeys are the keys of streams of frames.
type CameraKeys struct {
	Cameras   int     `toml:"cameras,omitzero" min:"1" max:"1000000" doc:"number of streams" example:"24"`
	FrameRate Rate    `toml:"frame_rate,omitzero" above:"0" doc:"frames of each stream" example:"25/s"`
	Phases    string  `toml:"phases,omitempty" enum:"random|aligned" default:"random, of cameras" doc:"when in a period each stream sends: at a time of its own, or all at once" example:"aligned"`
	Jitter    float64 `toml:"jitter,omitzero" min:"0" max:"1" default:"0" doc:"delay of each frame, uniform from 0 to this part of a period; it does not add up" example:"0.2"`
	Wander    float64 `toml:"wander,omitzero" min:"0" max:"0.5" default:"0.02 of several cameras with random phases, else 0" doc:"by which part of a period the time between two frames is longer or shorter, uniform; it adds up, so that streams drift past each other and one run shows them at all phases" example:"0.02"`
	Skip      bool    `toml:"skip,omitzero" default:"false" doc:"a stream leaves out a frame while its last one is still inside; skipped frames count as dropped"`
}

var camerasArrivals = arrivalKind{
	name:    "cameras",
	about:   "frames of several streams, each at its own time",
	needs:   []string{"cameras", "frame_rate"},
	may:     []string{"phases", "jitter", "wander", "skip"},
	implied: "cameras",
	fill: func(s *Scenario) {
		w := &s.Workload
		setDefault(&w.Phases, "random", s.Given("workload.phases"))
		if w.Cameras > 1 && w.Phases == "random" {
			setDefault(&w.Wander, 0.02, s.Given("workload.wander"))
		}
	},
	check: func(s *Scenario, d *decoder) {
		w := &s.Workload
		s.checkRate(d, "workload.frame_rate", w.FrameRate)
		if all := float64(w.Cameras) * float64(w.FrameRate); all > maxRate {
			d.fault("workload.frame_rate", float64(w.FrameRate), "makes %v frames/s of all %d cameras; at most %v/s are simulated", all, w.Cameras, maxRate)
		}
	},
	note: func(w *Workload, _ *engine.Source) string {
		return fmt.Sprintf("Open loop: %d camera%s of %g frames/s, %s phases%s", w.Cameras, choose(w.Cameras == 1, "", "s"), float64(w.FrameRate),
			w.Phases, choose(w.Skip, "; a camera skips a frame while its last one is inside", ""))
	},
	start: func(s *Scenario, source *engine.Source) (key string, err error) {
		w := &s.Workload
		source.Arrivals, err = workload.Cameras{Streams: w.Cameras, FrameRate: float64(w.FrameRate), Aligned: w.Phases == "aligned",
			Jitter: w.Jitter, Wander: w.Wander, Skip: w.Skip}.Arrivals()
		return "cameras", err
	},
}
