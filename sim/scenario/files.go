package scenario

import "vsim/hardware"

// Files lists the paths of the files that a scenario is made of and names: itself, its machine, profiles and recorded
// arrivals. What is embedded has none.
func (s *Scenario) Files() (paths []string) {
	if s.dir != "" {
		paths = append(paths, s.file)
	}
	if isPath(s.Hardware) {
		paths = append(paths, s.Path(s.Hardware))
	}
	if s.Workload.File != "" {
		paths = append(paths, s.Path(s.Workload.File))
	}
	profiles := []string{s.Profile, s.CPU.Profile, s.GPU.Profile, s.Link.Profile}
	for i := range s.Resources {
		profiles = append(profiles, s.Resources[i].Profile)
	}
	for _, name := range profiles {
		if _, embedded := hardware.Profile(name); name != "" && !embedded {
			paths = append(paths, s.Path(name))
		}
	}
	return paths
}
