//go:build darwin || freebsd || linux

package measure

import "github.com/ebitengine/purego"

// loads tells whether the system's loader finds a shared library and can open it.
func loads(soname string) bool {
	handle, err := purego.Dlopen(soname, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return false
	}
	// Closing is a courtesy: the process ends soon.
	_ = purego.Dlclose(handle)
	return true
}
