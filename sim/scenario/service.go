package scenario

import (
	"maps"
	"slices"
)

// profileKeys are the keys of a service that say which point of the profile is meant.
var profileKeys = []string{"image", "model", "threads"}

// service checks that a service is one of its three forms.
func (d *decoder) service(path string, m map[string]any, s *Service) {
	_, looksUp := m["profile_stage"]
	_, moves := m["bytes"]
	var inline []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		switch {
		case isDistributionKey(key):
			inline = append(inline, key)
		case slices.Contains(profileKeys, key) && !looksUp:
			d.fault(join(path, key), m[key], "names a point of a profile, but there is no profile_stage; add one or remove it")
		}
	}
	switch {
	case (looksUp || moves) && len(inline) > 0:
		d.fault(join(path, inline[0]), m[inline[0]], "stands beside profile_stage or bytes; a service is a distribution, or a stage of the profile, or bytes")
	case !looksUp && !moves:
		d.distribution(path, m, &s.Distribution)
	}
}

// Inline says that the service is a distribution written in the scenario.
func (s *Service) Inline() bool { return s.ProfileStage == "" && s.Bytes == 0 }

// byClass checks a list that holds for all classes or has one entry for each of them, as classOf says.
func (d *decoder) byClass(key string, classes []string, n int, classOf func(i int) string) {
	if n == 1 && classOf(0) == "" {
		return
	}
	var have []string
	for i := range n {
		at, c := join(key, itoa(i)), classOf(i)
		switch {
		case c == "":
			d.fault(at, nil, "names no class; in a list every entry needs one")
			continue
		case !slices.Contains(classes, c):
			d.fault(join(at, "class"), c, "is not a class here; %s", nearestRemedy(c, classes))
		case slices.Contains(have, c):
			d.fault(join(at, "class"), c, "stands twice; give each class once")
		}
		have = append(have, c)
	}
	for _, c := range classes {
		if !slices.Contains(have, c) {
			d.fault(key, nil, "has no entry for class %q; give one for every class, or a single one without class", c)
		}
	}
}
