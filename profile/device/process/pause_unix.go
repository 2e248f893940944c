//go:build unix

package process

import "syscall"

// Pause has the process do nothing until Resume.
func (p *Process) Pause() { p.Signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (p *Process) Resume() { p.Signal(syscall.SIGCONT) }
