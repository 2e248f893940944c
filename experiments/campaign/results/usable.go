package results

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vsim/experiments/machinefile"
	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/measure/machine"
	"vsim/sim"
	"vsim/sim/scenario"
)

// usualImage is that of a scenario that names none.
const usualImage = "medium"

// usable tries what the machine's file and profile are for: whether it can be simulated as it is, which models a server
// on it can be predicted with, up to which batch, and for the others why not. The error says why there can be no machine
// file.
func usable(s *machinefile.Machine) (can, cannot []string, err error) {
	if s.LatencyNs == 0 {
		return nil, nil, errors.New("no transfer over the link was measured")
	}
	dir, err := os.MkdirTemp("", "vsim-land-*")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "measured.toml")
	if err := s.Profile.Save(path); err != nil {
		return nil, nil, err
	}
	cpu := s.CPUProfile
	if cpu == s.Profile.Name {
		cpu = path
	}
	file := []byte(text(s, path, cpu))
	if _, err := scenario.Parse(s.Name()+".toml", file, scenario.Options{}); err != nil && !leavesOpen(err) {
		return nil, nil, err
	}
	command := fmt.Sprintf("bin/vsim simulate hardware/%s.toml", s.Name())
	if err := predict(s.Name(), file, nil); err != nil {
		cannot = append(cannot, fmt.Sprintf("hardware/%s.toml cannot be simulated without --set: %s", s.Name(), oneLine(err.Error())))
	} else {
		can = append(can, command)
	}
	for _, model := range models(s.Profile) {
		if model == standard {
			continue
		}
		batch := min(s.Profile.LargestBatch(profile.Key{Stage: gpu.Infer, Resource: "gpu", Model: model}),
			s.Profile.LargestBatch(profile.Key{Stage: gpu.Decode, Resource: "gpu", Image: usualImage}))
		set := []string{"pipeline.model=" + model, fmt.Sprintf("batcher.max_batch=%d", batch)}
		if err := predict(s.Name(), file, set); err != nil {
			cannot = append(cannot, fmt.Sprintf("%s cannot be predicted: %s", model, oneLine(err.Error())))
			continue
		}
		can = append(can, command+" --set "+strings.Join(set, " --set "))
	}
	return can, cannot, nil
}

// leavesOpen tells of an error that it is all about what a scenario must choose from the profile: the machine is sound.
func leavesOpen(err error) bool {
	var wrong *scenario.InputError
	return errors.As(err, &wrong) && len(wrong.Set()) == len(wrong.Faults)
}

// text is the machine file as it stands in the folder hardware.
func text(s *machinefile.Machine, gpuProfile, cpuProfile string) string {
	return s.Text(fmt.Sprintf("Measured by make gpu-campaign, %s; how far predictions for it are off: experiments/accuracy/%s.",
		s.Profile.Provenance.Date, machine.Slug(s.GPU)), gpuProfile, cpuProfile)
}

// predict says why a machine's file cannot be simulated with keys set so; nil where it can.
func predict(name string, text []byte, set []string) error {
	read, err := scenario.Parse(name+".toml", text, scenario.Options{Set: set})
	if err != nil {
		return err
	}
	_, err = sim.Compile(sim.Of(read))
	return err
}

// models lists the models that were measured on the GPU, in the profile's order.
func models(p *profile.Profile) (out []string) {
	for _, s := range p.Services {
		if s.Stage == gpu.Infer && s.Resource == "gpu" && !slices.Contains(out, s.Model) {
			out = append(out, s.Model)
		}
	}
	return out
}
