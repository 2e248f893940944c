package daemon

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"vsim/experiments/serve/metrics"
)

// between is how long no second line is written of requests that fail for the same reason.
const between = 10 * time.Second

// levels are how bad it is that a request has no answer: those that clients cause are noticed where somebody wants to know.
var levels = map[metrics.Reason]slog.Level{
	metrics.Backend: slog.LevelError, metrics.Other: slog.LevelWarn, metrics.Rejected: slog.LevelWarn, metrics.Canceled: slog.LevelInfo,
}

// failures logs requests without an answer: a line a reason, and then none for a while but a count.
func failures(log *slog.Logger) func(metrics.Reason, error) {
	if log == nil {
		return nil
	}
	var mutex sync.Mutex
	last, more := map[metrics.Reason]time.Time{}, map[metrics.Reason]int{}
	return func(why metrics.Reason, err error) {
		if !log.Enabled(context.Background(), levels[why]) {
			return
		}
		mutex.Lock()
		defer mutex.Unlock()
		now := time.Now()
		if at, told := last[why]; told && now.Sub(at) < between {
			more[why]++
			return
		}
		last[why] = now
		log.Log(context.Background(), levels[why], "a request has no answer", "reason", string(why), "error", err.Error(), "more_since_last_line", more[why])
		more[why] = 0
	}
}
