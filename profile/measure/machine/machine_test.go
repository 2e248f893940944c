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
	got, ok := parseStat(text)
	if want := (counts{2, (519427 + 2091) * 10 * time.Millisecond, 2090 * time.Millisecond}); !ok || got != want {
		t.Errorf("%+v, ok %v; want %+v", got, ok, want)
	}
	if got, ok := parseStat("cpu 1 2 3 4 5\ncpu0 1 2 3 4 5\n"); !ok || got != (counts{1, 90 * time.Millisecond, 0}) {
		t.Errorf("an old kernel's: %+v, ok %v", got, ok)
	}
	for _, bad := range []string{"", "nonsense\n", "cpu 1 2 3 x 5\ncpu0 1 2 3 4 5\n", "cpu 1 2 3 4 5 6 7 x\ncpu0 1 2 3 4 5\n", "cpu 1 2 3 4 5\n"} {
		if _, ok := parseStat(bad); ok {
			t.Errorf("%q was understood", bad)
		}
	}
}

// TestOthersIsWhatIsNeitherIdleNorOwn: of 4 processors in 1 s (4 s in all) 2.5 s idle and 1 s our own
// leave half a core to others, whose part may be steal.
func TestOthersIsWhatIsNeitherIdleNorOwn(t *testing.T) {
	s := time.Second
	before := counts{4, 7 * s, 3 * s}
	if got := used(s, before, counts{4, 7*s + 5*s/2, 3*s + s/5}, s); got.Others != 0.5 || got.Steal != 0.2 || got.Share() != 0.125 || !got.Known {
		t.Errorf("%+v, share %v; want 0.5 cores, an eighth, 0.2 of them steal", got, got.Share())
	}
	if got := used(s, before, counts{4, 11*s + 10*time.Millisecond, 3 * s}, 0); got.Others != 0 {
		t.Errorf("%v cores, want 0: idle time is read in steps", got.Others)
	}
	if got := (Use{}).Share(); got != 0 {
		t.Errorf("share %v of a machine that does not tell", got)
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
	use := w.Use()
	if !use.Known {
		t.Skip("this system does not tell")
	}
	ownAfter, _ := ownTime()
	own := float64(ownAfter-ownBefore) / float64(use.Elapsed)
	// Margin: idle time is read twice, each to 10 ms.
	if margin := 2 * float64(Resolution) / float64(use.Elapsed); use.Others > float64(use.Processors)-own+margin {
		t.Errorf("others used %.2f cores of %d though we used %.2f", use.Others, use.Processors, own)
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
