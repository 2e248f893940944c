package machine

import (
	"testing"
	"time"
)

// TestAlarmRingsOnceAndNeverEarly: it rings at the time that was set last, once; stopped or closed it does not.
func TestAlarmRingsOnceAndNeverEarly(t *testing.T) {
	rang := make(chan time.Time, 10)
	a, err := NewAlarm(func() { rang <- time.Now() })
	if err != nil {
		t.Fatal(err)
	}
	due := time.Now().Add(3 * time.Millisecond)
	a.Set(time.Hour)
	a.Set(3 * time.Millisecond)
	if at := <-rang; at.Before(due) {
		t.Errorf("it rang %v early", due.Sub(at))
	}
	a.Set(-time.Second)
	<-rang // at once, or the test ends by its limit
	a.Set(2 * time.Millisecond)
	a.Stop()
	time.Sleep(20 * time.Millisecond)
	a.Set(2 * time.Millisecond)
	a.Close()
	a.Set(time.Millisecond) // nothing happens
	time.Sleep(20 * time.Millisecond)
	select {
	case at := <-rang:
		t.Errorf("stopped or closed, and it rang at %v", at)
	default:
	}
}
