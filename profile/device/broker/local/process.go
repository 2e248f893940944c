package local

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// process is one that was started; ended is closed when it is no more.
type process struct {
	pid    int
	ended  chan struct{}
	handle *os.Process
}

// begin starts a program in a folder, with its output at the end of a file. LD_LIBRARY_PATH names the program's own folder,
// where libraries lie that the system lacks.
func begin(command []string, dir, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = environment(command[0])
	cmd.SysProcAttr = dieWithParent()

	p := &process{ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		defer close(p.ended)
		// The kernel ends the child with the thread that started it, which therefore stays here as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid, p.handle = cmd.Process.Pid, cmd.Process
		}
		started <- err
		if err == nil {
			cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", command[0], err)
	}
	return p, nil
}

func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) signal(s syscall.Signal) { p.handle.Signal(s) }
