package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"vsim/experiments/brokers/live"
	"vsim/profile/device/broker/local"
)

// outage is a broker that is killed, as kill -9 does, and started again.
type outage struct {
	at, down time.Duration // since the load began; for how long
	patience time.Duration // with a frame

	cancel context.CancelFunc
	done   chan struct{} // nil before it begins
	away   time.Duration // from the kill until it ran again, once done
	err    error         // why the broker was not started again, once done
}

// begin lets the broker fail when it is time.
func (o *outage) begin(ctx context.Context, s *local.Server) {
	ctx, o.cancel = context.WithCancel(ctx)
	o.done = make(chan struct{})
	go func() {
		defer close(o.done)
		if !pause(ctx, o.at) {
			return
		}
		killed := time.Now()
		s.Kill()
		pause(ctx, o.down)
		again, stop := context.WithTimeout(context.WithoutCancel(ctx), restartWithin)
		defer stop()
		o.err = s.Restart(again)
		o.away = time.Since(killed)
	}()
}

// end waits until the broker runs again, or takes the outage back where it has not been yet.
func (o *outage) end() {
	if o.done != nil {
		o.cancel()
		<-o.done
	}
}

// restartWithin is how long a broker may take to start again.
const restartWithin = 30 * time.Second

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Loss is what a broker that failed in a live run cost.
type Loss struct {
	Case       string      `json:"name"`
	Completed  int         `json:"completed"`
	Failed     int         `json:"failed"`
	Unanswered int         `json:"unanswered"`
	AwayS      float64     `json:"away_s"`    // from the kill until the broker ran again, seconds
	LongestS   float64     `json:"longest_s"` // latency of the frame that waited longest, seconds
	Losses     live.Losses `json:"losses"`
}

// Outages are what brokers that failed cost.
type Outages struct {
	AtS   float64 `json:"at_s"` // since the load began
	DownS float64 `json:"down_s"`
	Cases []Loss  `json:"cases"`

	Warnings []string `json:"warnings,omitempty"`
}

// afterOutage is how long a load goes on after its broker should run again: long enough to work off what has waited.
const afterOutage = 3 * time.Second

// Kill runs the full case of each kind and number of faces live, kills its broker after a time and starts it again after
// another. The context's error comes back with what had run, if anything had.
func Kill(ctx context.Context, opt Options, at, down time.Duration, progress Progress) (*Outages, error) {
	if len(opt.Faces) == 0 {
		opt.Faces = []int{5}
	}
	opt, missing := opt.possible()
	opt.Kinds = slices.DeleteFunc(slices.Clone(opt.Kinds), func(kind string) bool { return kind == Fused })
	if len(opt.Kinds) == 0 {
		return nil, errors.New("no broker to kill: fused has none")
	}
	k, err := openToRun(ctx, opt, true)
	defer k.close()
	if err != nil {
		return nil, err
	}
	out := &Outages{AtS: at.Seconds(), DownS: down.Seconds(), Warnings: missing}
	all := slices.DeleteFunc(cases(opt.Kinds, opt.Faces), func(c *Case) bool { return c.Clients == 1 })
	for i, c := range all {
		progress(i, len(all), c.Name)
		loss, err := k.kill(ctx, c, at, down)
		if ctx.Err() != nil {
			err = fmt.Errorf("interrupted: %w", ctx.Err())
		}
		if err != nil && len(out.Cases) == 0 {
			return nil, err
		}
		if err != nil {
			return out, err
		}
		out.Cases = append(out.Cases, *loss)
	}
	return out, nil
}

// kill runs a case whose broker fails.
func (k *kit) kill(ctx context.Context, c *Case, at, down time.Duration) (*Loss, error) {
	back := down + 2*k.servers[c.Kind].start // a start after a kill takes longer
	o := &outage{at: at, down: down, patience: back + afterOutage}
	length := max(at+back+afterOutage-warmUp(0), k.opt.Measure)
	shown, err := k.live(ctx, c, 0, length, o)
	if err == nil {
		err = o.err
	}
	if err != nil {
		return nil, err
	}
	loss := &Loss{Case: c.Name, Completed: shown.Completed, Failed: shown.Failed, Unanswered: shown.Unanswered, AwayS: o.away.Seconds(), Losses: shown.Losses}
	if shown.Completed > 0 {
		loss.LongestS = shown.Quantile(1)
	}
	return loss, nil
}

// Text writes them for people.
func (o *Outages) Text(w io.Writer) error {
	fmt.Fprintf(w, "Brokers killed %.1f s after the load began, started again after %.1f s:\n\n", o.AtS, o.DownS)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "case\taway\tframes answered\tlost\twithout an answer\tmessages not sent\tvanished\trepeated\tlongest latency\t")
	for _, c := range o.Cases {
		fmt.Fprintf(t, "%s\t%.1f s\t%d\t%d\t%d\t%d\t%d\t%d\t%.2f s\t\n", c.Case, c.AwayS, c.Completed, c.Losses.Frames, c.Unanswered+c.Failed,
			c.Losses.Refused, c.Losses.Vanished, c.Losses.Repeated, c.LongestS)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nlost: frames of which a message did not arrive. vanished: messages that the broker had acknowledged and no consumer got.\n"+
		"repeated: messages that came twice. Away is from the kill until the broker ran again, which the longest latency has in it.")
	for _, warning := range o.Warnings {
		fmt.Fprintln(w, "Warning:", warning)
	}
	return nil
}
