//go:build linux

package local_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vsim/experiments/oip"
	"vsim/experiments/triton/local"
	"vsim/experiments/triton/repository"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/process"
)

// require skips a test where there is no Triton.
func require(t *testing.T) {
	t.Helper()
	if _, err := local.Find(); err != nil {
		nativetest.SkipOrFail(t, err)
	}
}

func write(t *testing.T, o repository.Options) string {
	t.Helper()
	dir := t.TempDir()
	if err := repository.Write(dir, o); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shared are the files that the Python backend's processes share memory in, of servers that a process started.
func shared(t *testing.T, pid int) []string {
	t.Helper()
	files, err := filepath.Glob("/dev/shm/vsim-triton-" + strconv.Itoa(pid) + "-*")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestStartStop(t *testing.T) {
	require(t)
	log := filepath.Join(t.TempDir(), "log")
	s, err := local.Start(t.Context(), local.Options{Repository: write(t, repository.Options{PreprocessInstances: 1}), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	c, err := oip.Dial(s.GRPC())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if about, err := c.Server(t.Context()); err != nil || about.Name != "triton" || about.Version == "" {
		t.Errorf("the server is %v, %v", about, err)
	}
	for _, url := range []string{s.HTTP() + "/v2/health/ready", s.Metrics()} {
		r, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		if r.Body.Close(); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", url, r.Status)
		}
	}

	pid := s.PID()
	group, err := process.Group(pid)
	if err != nil || !slices.Contains(group, pid) || len(group) < 3 {
		t.Errorf("processes %v of %d, want one for each of two models more; %v", group, pid, err)
	}
	own, err := process.CPUTime(pid)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := s.CPUTime(); err != nil || all <= own {
		t.Errorf("CPU time %d ns, %v; the server's alone was %d", all, err, own)
	}
	if len(shared(t, os.Getpid())) == 0 {
		t.Error("no shared memory bears the name by which it is removed")
	}

	http.DefaultClient.CloseIdleConnections() // for which Triton waits when it stops
	s.Stop()
	s.Stop()
	if left, err := process.Group(pid); err != nil || len(left) != 0 || s.PID() != 0 {
		t.Errorf("after Stop %v run, %v", left, err)
	}
	if left := shared(t, os.Getpid()); len(left) != 0 {
		t.Errorf("after Stop %v are left", left)
	}
	if _, err := s.CPUTime(); err != local.ErrNotRunning {
		t.Errorf("CPU time after Stop: %v", err)
	}
	if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), "Started GRPCInferenceService") {
		t.Errorf("the log that was asked for has %d bytes, %v", len(text), err)
	}
}

// A process that is killed takes its Triton and the processes of the Python backend with it.
func TestDiesWithItsParent(t *testing.T) {
	const child, repo = "VSIM_TEST_TRITON_PID", "VSIM_TEST_TRITON_REPOSITORY"
	if file := os.Getenv(child); file != "" {
		s, err := local.Start(context.Background(), local.Options{Repository: os.Getenv(repo)})
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(file+".new", []byte(strconv.Itoa(s.PID())), 0o600)
		os.Rename(file+".new", file)
		time.Sleep(time.Minute)
	}
	require(t)
	file := filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command(os.Args[0], "-test.run", "^TestDiesWithItsParent$")
	cmd.Env = append(os.Environ(), child+"="+file, repo+"="+write(t, repository.Options{}))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for range 6000 {
		text, _ := os.ReadFile(file)
		if pid, _ = strconv.Atoi(string(text)); pid > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if pid == 0 {
		t.Fatal("the child started no Triton")
	}
	for i := 0; ; i++ {
		left, err := process.Group(pid)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			break
		}
		if i == 3000 {
			process.KillGroup(pid)
			t.Fatalf("%v outlive their parent", left)
		}
		time.Sleep(10 * time.Millisecond)
	}
	// Its processes remove the memory that they share, unless they are killed too.
	if err := os.WriteFile("/dev/shm/vsim-triton-"+strconv.Itoa(cmd.Process.Pid)+"-1-left", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := local.Start(t.Context(), local.Options{Repository: t.TempDir(), Flags: []string{"--no-such-flag"}}); err == nil {
		t.Error("it starts with a flag that it does not know")
	}
	if left := shared(t, cmd.Process.Pid); len(left) != 0 {
		t.Errorf("%v are left by a process that was killed", left)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	require(t)
	dir := write(t, repository.Options{})
	program := filepath.Join(dir, repository.Classify, "1", "model.py")
	if err := os.WriteFile(program, []byte("raise RuntimeError('the dog ate it')\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := local.Start(t.Context(), local.Options{Repository: dir})
	if err == nil || !strings.Contains(err.Error(), "the dog ate it") || strings.Count(err.Error(), "\n") > 8 {
		t.Errorf("a model that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := local.Start(ctx, local.Options{Repository: write(t, repository.Options{})}); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("a start that was given up: %v", err)
	}
	if left := shared(t, os.Getpid()); len(left) != 0 {
		t.Errorf("%v are left", left)
	}
}

func TestMissing(t *testing.T) {
	for name, folder := range map[string]string{"an empty folder": t.TempDir(), "no folder": "/no/such/folder"} {
		t.Setenv(local.Env, folder)
		if _, err := local.Find(); err == nil || !strings.Contains(err.Error(), "make triton") || !strings.Contains(err.Error(), folder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Setenv(local.Env, "")
	t.Chdir(t.TempDir())
	if _, err := local.Find(); err == nil || !strings.Contains(err.Error(), "make triton") || !strings.Contains(err.Error(), local.Env+"=") {
		t.Errorf("nowhere: %v", err)
	}
}
