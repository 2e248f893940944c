package machine

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestParseStatAddsIdleAndWaiting(t *testing.T) {
	const text = "cpu  45227 0 8692 519427 2091 0 135 209 0 0\n" +
		"cpu0 19295 0 3553 264667 272 0 17 107 0 0\n" +
		"cpu1 25931 0 5138 254759 1819 0 118 102 0 0\n" +
		"intr 1 2 3 4 5 6 7\n"
	cpus, idle, ok := parseStat(text)
	if want := (519427 + 2091) * 10 * time.Millisecond; !ok || cpus != 2 || idle != want {
		t.Errorf("%d processors, idle %v, ok %v; want 2, %v", cpus, idle, ok, want)
	}
	for _, bad := range []string{"", "nonsense\n", "cpu 1 2 3 x 5\ncpu0 1 2 3 4 5\n", "cpu 1 2 3 4 5\n"} {
		if _, _, ok := parseStat(bad); ok {
			t.Errorf("%q was understood", bad)
		}
	}
}

// TestOthersIsWhatIsNeitherIdleNorOwn: of 4 processors in 1 s (4 s in all) 2.5 s idle and 1 s our own
// leave half a core to others.
func TestOthersIsWhatIsNeitherIdleNorOwn(t *testing.T) {
	s := time.Second
	if got := othersCores(4, s, 5*s/2, s); got != 0.5 {
		t.Errorf("%v cores, want 0.5", got)
	}
	if got := othersCores(2, s, 2*s+10*time.Millisecond, 0); got != 0 {
		t.Errorf("%v cores, want 0: idle time is read in steps", got)
	}
}

// TestOwnWorkIsNotOthers: what this process uses is taken off, so that others never get more than all
// the machine's processors less this one thread's time.
func TestOwnWorkIsNotOthers(t *testing.T) {
	w := StartWatch()
	ownBefore, _ := ownTime()
	for began := time.Now(); time.Since(began) < 50*time.Millisecond; {
		_ = ownBefore
	}
	cores, elapsed, ok := w.Others()
	if !ok {
		t.Skip("this system does not tell")
	}
	ownAfter, _ := ownTime()
	own := float64(ownAfter-ownBefore) / float64(elapsed)
	// Margin: idle time is read twice, each to 10 ms.
	if margin := 2 * float64(Resolution) / float64(elapsed); cores > float64(w.cpus)-own+margin {
		t.Errorf("others used %.2f cores of %d though we used %.2f", cores, w.cpus, own)
	}
}

func TestFieldsOfProcFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "info")
	if err := os.WriteFile(path, []byte("vendor\t: X\nmodel name\t: Some  CPU @ 2 GHz\nMemTotal:       24691216 kB\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := field(path, "model name"); got != "Some  CPU @ 2 GHz" {
		t.Errorf("got %q", got)
	}
	if got := gib(field(path, "MemTotal")); got < 23.54 || got > 23.55 {
		t.Errorf("%v GiB", got)
	}
	if got := field(path, "absent") + field(path+"absent", "x"); got != "" {
		t.Errorf("got %q for what is not there", got)
	}
}

func TestNameCanBeAFile(t *testing.T) {
	if name := Name(true); name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		t.Errorf("%q", name)
	}
	if runtime.GOOS == "linux" && (Clock() == "" || OS() == "" || CPU() == "") {
		t.Errorf("clock %q, OS %q, CPU %q", Clock(), OS(), CPU())
	}
}
