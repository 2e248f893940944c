package input

import (
	"fmt"
	"time"

	"vsim/profile/device/limits"
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

// Check refuses what no machine can measure, before anything is loaded. What is left open is not looked at.
func (s Selection) Check() error {
	for _, list := range []struct {
		flag    string
		numbers []int
		most    int
	}{{"--batches", s.Batches, limits.Batch}, {"--threads", s.Threads, limits.Threads}} {
		for _, n := range list.numbers {
			if n < 1 || n > list.most {
				return fmt.Errorf("%s %d: a number from 1 to %d", list.flag, n, list.most)
			}
		}
	}
	for flag, n := range map[string]int{"--model": len(s.Models), "--images": len(s.Images), "--batches": len(s.Batches), "--threads": len(s.Threads)} {
		if n > limits.Sizes {
			return fmt.Errorf("%s: %d of them, the limit is %d; measure them in several profiles", flag, n, limits.Sizes)
		}
	}
	return nil
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
