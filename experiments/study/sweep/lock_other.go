//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package sweep

// lock keeps nobody out here.
func lock(string) (unlock func(), err error) { return func() {}, nil }
