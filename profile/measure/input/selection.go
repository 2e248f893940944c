package input

import (
	"time"

	"vsim/profile/device/vision"
)

// Selection says in a user's words what to measure.
type Selection struct {
	Models  []string // of the catalogue, or paths
	Images  []string // sizes, or folders
	Batches []int
	Threads []int
	Budget  time.Duration
	Options vision.Options // of the models
}

// Or fills what a selection leaves open from another one.
func (s Selection) Or(other Selection) Selection {
	if len(s.Models) == 0 {
		s.Models = other.Models
	}
	if len(s.Images) == 0 {
		s.Images = other.Images
	}
	if len(s.Batches) == 0 {
		s.Batches = other.Batches
	}
	if len(s.Threads) == 0 {
		s.Threads = other.Threads
	}
	if s.Budget == 0 {
		s.Budget = other.Budget
	}
	if s.Options == (vision.Options{}) {
		s.Options = other.Options
	}
	return s
}
