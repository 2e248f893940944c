package measure

import (
	"time"

	"vsim/profile/device"
)

// Selection says in a user's words what to measure.
type Selection struct {
	Models  []string // of the catalogue, or paths
	Images  []string // sizes, or folders
	Batches []int
	Threads []int
	Budget  time.Duration
}

// Default takes under 4 minutes with set-up, Quick under 30 seconds.
var (
	Default = Selection{
		Models: []string{"mobilenetv2", "resnet50", "deit-tiny"}, Images: []string{"small", "medium", "large"},
		Batches: []int{1, 2, 4, 8, 16}, Threads: []int{1}, Budget: 200 * time.Second,
	}
	Quick = Selection{
		Models: []string{"mobilenetv2"}, Images: []string{"small", "medium"},
		Batches: []int{1, 2, 4, 8}, Threads: []int{1}, Budget: 20 * time.Second,
	}
)

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
	return s
}

// Config makes a selection ready to be opened: files are found, read or generated into cacheDir.
func (s Selection) Config(libraries *device.Libraries, cacheDir string) (Config, error) {
	models, err := Models(s.Models, cacheDir)
	if err != nil {
		return Config{}, err
	}
	images, notes, err := Images(s.Images, cacheDir)
	if err != nil {
		return Config{}, err
	}
	return Config{
		Libraries: libraries, Models: models, Images: images, Batches: s.Batches, Threads: s.Threads,
		Budget: s.Budget, Notes: notes,
	}, nil
}
