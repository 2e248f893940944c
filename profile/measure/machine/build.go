package machine

import "runtime/debug"

// Build is the version of vsim that this binary was built from: the module's, and 12 digits of the commit
// where Go has noted it.
func Build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown build)"
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			text += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return text
}
