// Package process starts servers that end with the process that started them, whatever becomes of it, and says how much CPU
// time they used.
package process

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// Command is what to start.
type Command struct {
	Args []string // the program and its arguments
	Dir  string   // it runs there; "" for this process's
	Env  []string // "KEY=value"; nil for this process's
	Log  string   // the file at whose end its output goes
}

// Process is one that was started, in a group of its own.
type Process struct {
	PID    int
	Ended  <-chan struct{} // closed when it is no more
	handle *os.Process
}

// Start starts a program.
func Start(c Command) (*Process, error) {
	out, err := os.OpenFile(c.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.Dir, c.Env, out, out
	cmd.SysProcAttr = dieWithParent()

	ended := make(chan struct{})
	p := &Process{Ended: ended}
	started := make(chan error)
	go func() {
		defer close(ended)
		// The kernel ends the child with the thread that started it, which therefore stays here as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.PID, p.handle = cmd.Process.Pid, cmd.Process
		}
		started <- err
		if err == nil {
			cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", c.Args[0], err)
	}
	return p, nil
}

// Alive tells whether it runs.
func (p *Process) Alive() bool {
	select {
	case <-p.Ended:
		return false
	default:
		return true
	}
}

// Signal sends it a signal, its children none.
func (p *Process) Signal(s syscall.Signal) { p.handle.Signal(s) }
