//go:build !unix

package process

// Pause does nothing: there is no such signal here.
func (p *Process) Pause() {}

// Resume does nothing.
func (p *Process) Resume() {}
