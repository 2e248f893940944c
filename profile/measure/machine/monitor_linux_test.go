package machine

import "testing"

// One thread, the monitor, gets the slack, and threads that were given it by mistake lose it.
func TestOneThreadIsQuieted(t *testing.T) {
	if err := QuietMonitor(); err != nil {
		t.Skip(err) // not root
	}
	monitor, err := monitorThread()
	if err != nil {
		t.Fatal(err)
	}
	other := ""
	for _, id := range threads() {
		if id != monitor {
			other = id
		}
	}
	if err := setSlack(other, monitorSlack); err != nil {
		t.Fatal(err)
	}
	if err := QuietMonitor(); err != nil {
		t.Fatal(err)
	}
	for _, id := range threads() {
		if got, want := slackOf(id), map[bool]any{true: monitorSlack, false: usualSlack}[id == monitor]; got != want {
			t.Errorf("thread %s has a slack of %v, want %v", id, got, want)
		}
	}
}
