package local

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"vsim/profile/device/process"
)

// Stop ends the server: it may finish what it works on, and what has not ended within 15 s is killed. Its processes are gone
// when Stop returns.
func (s *Server) Stop() {
	if s.process != nil {
		s.process.Signal(syscall.SIGTERM)
		select {
		case <-s.process.Ended:
		case <-time.After(stopWithin):
		}
		s.end()
	}
	os.RemoveAll(s.dir)
}

// Kill ends the server and the processes of its Python backend at once.
func (s *Server) Kill() {
	if s.process != nil {
		s.end()
	}
	os.RemoveAll(s.dir)
}

// end kills what still runs of the server's group, waits until nothing does, and removes the memory that it shared.
func (s *Server) end() {
	process.KillGroup(s.process.PID)
	s.process.Signal(syscall.SIGKILL)
	<-s.process.Ended
	for range 500 {
		if left, err := process.Group(s.process.PID); err != nil || len(left) == 0 {
			break
		}
		process.KillGroup(s.process.PID)
		time.Sleep(10 * time.Millisecond)
	}
	remove(shared(os.Getpid(), s.ports[0]))
}

// The Python backend shares memory with its processes, in files of this folder.
const sharedMemory = "/dev/shm"

// prefix starts the name of each such file; the number of the process that started the server and the server's port follow.
const prefix = "vsim-triton-"

func shared(pid, port int) string { return prefix + strconv.Itoa(pid) + "-" + strconv.Itoa(port) + "-" }

func remove(prefix string) {
	files, _ := filepath.Glob(filepath.Join(sharedMemory, prefix+"*"))
	for _, file := range files {
		os.Remove(file)
	}
}

// sweep removes the shared memory of servers whose starter was killed: the kernel killed the server with it.
func sweep() {
	files, _ := filepath.Glob(filepath.Join(sharedMemory, prefix+"*"))
	for _, file := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(file), prefix), "-")
		if pid, err := strconv.Atoi(number); err == nil && process.Gone(pid) {
			os.Remove(file)
		}
	}
}
