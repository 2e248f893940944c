//go:build !(darwin || freebsd || linux)

package measure

// loads is false: vsim opens no shared libraries on this system.
func loads(string) bool { return false }
