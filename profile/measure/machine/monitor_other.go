//go:build !linux

package machine

// QuietMonitor does nothing here: it is known how to slow down the monitor thread of Go's runtime on Linux alone.
func QuietMonitor() error { return nil }
