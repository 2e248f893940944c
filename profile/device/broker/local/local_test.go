//go:build linux

package local_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/broker/localtest"
)

func entries(t *testing.T, dir string) int {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestStartKillRestartStop(t *testing.T) {
	for _, kind := range []string{local.Redis, local.Kafka} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			s := localtest.Start(t, local.Options{Kind: kind, Dir: dir})
			if !strings.HasPrefix(strings.ToLower(s.Version), kind+" ") {
				t.Errorf("version %q", s.Version)
			}
			first, address := s.PID(), s.Address
			if group, err := syscall.Getpgid(first); err != nil || group == syscall.Getpgrp() {
				t.Errorf("in group %d, which a terminal's Ctrl-C interrupts with us; %v", group, err)
			}
			spent, err := s.CPUTime()
			if err != nil || spent <= 0 {
				t.Errorf("CPU time %d ns, %v", spent, err)
			}
			s.Kill()
			if s.PID() != 0 || syscall.Kill(first, 0) == nil {
				t.Error("it runs after Kill")
			}
			if _, err := s.CPUTime(); err != local.ErrNotRunning {
				t.Errorf("CPU time of a killed broker: %v", err)
			}
			if err := s.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.PID() == 0 || s.PID() == first || s.Address != address {
				t.Errorf("process %d at %s after %d at %s", s.PID(), s.Address, first, address)
			}
			s.Stop()
			if n := entries(t, dir); n != 0 {
				t.Errorf("%d folders are left", n)
			}
		})
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	start := func(o local.Options) string {
		s, err := local.Start(t.Context(), o)
		if err == nil {
			s.Stop()
			t.Errorf("%+v started", o)
			return ""
		}
		return err.Error()
	}
	if got := start(local.Options{Kind: "rabbit"}); !strings.Contains(got, `"rabbit"; there are kafka and redis`) {
		t.Errorf("unknown kind: %s", got)
	}
	t.Setenv("VSIM_REDIS_SERVER", "/no/such/redis-server")
	if got := start(local.Options{Kind: local.Redis}); !strings.Contains(got, "/no/such/redis-server") {
		t.Errorf("missing program: %s", got)
	}

	dir := t.TempDir()
	broken := filepath.Join(dir, "redis-server")
	script := "#!/bin/sh\nif [ \"$1\" = --version ]; then echo v=7.0.0; exit; fi\necho the disk is on fire\nexit 3\n"
	if err := os.WriteFile(broken, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VSIM_REDIS_SERVER", broken)
	if got := start(local.Options{Kind: local.Redis, Dir: dir}); !strings.Contains(got, "ended by itself") || !strings.Contains(got, "the disk is on fire") {
		t.Errorf("broken program: %s", got)
	}
	if n := entries(t, dir); n != 1 {
		t.Errorf("%d files are in the folder, want the program alone", n)
	}
	if err := os.WriteFile(broken, []byte("#!/bin/sh\necho frying pan 9.1\necho no warranty\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := start(local.Options{Kind: local.Redis}); !strings.HasSuffix(got, `which Redis it is, but "frying pan 9.1"`) {
		t.Errorf("another program: %s", got)
	}
	if err := os.WriteFile(broken, []byte("#!/bin/sh\necho Redis server v=6.0.16\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := start(local.Options{Kind: local.Redis}); !strings.Contains(got, "Redis 6.0.16; vsim needs 7") {
		t.Errorf("old program: %s", got)
	}
}

func TestNothingIsLeftWhenTheContextEnds(t *testing.T) {
	dir := t.TempDir()
	localtest.Start(t, local.Options{Kind: local.Redis, Dir: dir}).Stop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := local.Start(ctx, local.Options{Kind: local.Redis, Dir: dir}); err == nil {
		s.Stop()
		t.Error("it started")
	}
	if n := entries(t, dir); n != 0 {
		t.Errorf("%d folders are left", n)
	}
}

// A process that is killed takes its broker with it, and the next start removes the folder.
func TestDiesWithItsParent(t *testing.T) {
	const child = "VSIM_TEST_BROKER_DIR"
	if dir := os.Getenv(child); dir != "" {
		s, err := local.Start(context.Background(), local.Options{Kind: local.Redis, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(dir, "pid.new"), []byte(strconv.Itoa(s.PID())), 0o600)
		os.Rename(filepath.Join(dir, "pid.new"), filepath.Join(dir, "pid"))
		time.Sleep(time.Minute)
	}
	dir := t.TempDir()
	localtest.Start(t, local.Options{Kind: local.Redis, Dir: dir}).Stop() // or skip
	cmd := exec.Command(os.Args[0], "-test.run", "^TestDiesWithItsParent$")
	cmd.Env = append(os.Environ(), child+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for range 1000 {
		text, _ := os.ReadFile(filepath.Join(dir, "pid"))
		if pid, _ = strconv.Atoi(string(text)); pid > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if pid == 0 {
		t.Fatal("the child started no broker")
	}
	for i := 0; alive(pid); i++ {
		if i == 1000 {
			syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the broker outlives its parent")
		}
		time.Sleep(10 * time.Millisecond)
	}
	localtest.Start(t, local.Options{Kind: local.Redis, Dir: dir}).Stop()
	if n := entries(t, dir); n != 1 {
		t.Errorf("%d entries are left, want the file with the number alone", n)
	}
}

// alive tells whether a process runs; one that nobody waited for does not.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// TestPause: a broker that rests uses no CPU time, and goes on where it was, with the session that it had: it takes a message at once.
func TestPause(t *testing.T) {
	for kind, as := range map[string]string{local.Kafka: profile.KafkaAll, local.Redis: profile.RedisList} {
		t.Run(kind, func(t *testing.T) {
			s := localtest.Start(t, local.Options{Kind: kind, Pauses: true})
			topic, err := broker.Open(t.Context(), broker.Config{Broker: as, Address: s.Address, Topic: "pause"})
			if err != nil {
				t.Fatal(err)
			}
			defer topic.Close()
			producer, err := topic.NewProducer()
			if err != nil {
				t.Fatal(err)
			}
			defer producer.Close()
			sent := func() {
				t.Helper()
				done := make(chan error, 1)
				producer.Send([]byte("message"), func(err error) { done <- err })
				select {
				case err = <-done:
				case <-time.After(20 * time.Second):
					t.Fatal("no answer")
				}
				if err != nil {
					t.Error(err)
				}
			}
			sent()
			s.Pause()
			time.Sleep(100 * time.Millisecond)
			before, err := s.CPUTime()
			time.Sleep(4 * time.Second) // longer than the session of one that is not to be paused
			after, errAfter := s.CPUTime()
			if err != nil || errAfter != nil || after != before {
				t.Errorf("it used %d ns meanwhile, errors %v, %v", after-before, err, errAfter)
			}
			s.Resume()
			sent()
		})
	}
}
