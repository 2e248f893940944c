package validate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// closing is how long predictions may take after an interrupt.
const closing = time.Second

// incomplete is the error beside a report that lacks something.
type incomplete struct {
	text  string
	cause error // of an interrupt, else nil
}

func (e *incomplete) Error() string { return e.text }

func (e *incomplete) Unwrap() error { return e.cause }

// finish compares what ran, and says what is missing.
func (v *validation) finish(ctx context.Context, progress Progress) (*Report, error) {
	if len(v.ran()) == 0 {
		v.keep(v.storeProfile())
		return nil, v.nothing(ctx)
	}
	v.sayDisturbed()
	n := len(v.runs())
	progress(min(v.pace.runs, n), n, "comparing")
	missing := v.missing(ctx)
	f := v.lastForecast(ctx)
	closing, cancel := v.pace.closing(ctx)
	defer cancel()
	f.predictRuns(closing)
	v.predictOwn(closing, f)
	v.replayAll(closing, f)
	r := v.report(f, true)
	if missing == nil {
		missing = v.failed()
	}
	return r, missing
}

// ran are the cases that have run.
func (v *validation) ran() []*Case {
	return slices.DeleteFunc(slices.Clone(v.cases), func(c *Case) bool { return len(v.results[c]) == 0 })
}

// seldom tells of the cases that ran fewer than n times how often they did, those that ran least first.
func (v *validation) seldom(n int) (out []string) {
	cases := slices.Clone(v.cases)
	slices.SortStableFunc(cases, func(a, b *Case) int { return len(v.results[a]) - len(v.results[b]) })
	for _, c := range cases {
		if ran := len(v.results[c]) + v.leftOut[c]; ran < n {
			out = append(out, fmt.Sprintf("%q ran %d of %d times", c.Name, ran, v.opt.Rounds))
		}
	}
	return out
}

// some joins the first of a list.
func some(list []string) string {
	const most = 6
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// whole says that every case ran as often as it should.
func (v *validation) whole() bool {
	return len(v.cases) == len(v.m.Cases) && len(v.seldom(v.opt.Rounds)) == 0
}

// missing says why the report is not whole, nil where it is or is as short as its limit wants it. The warnings then
// tell the details.
func (v *validation) missing(ctx context.Context) error {
	rare := v.seldom(v.opt.Rounds)
	if v.limited && len(rare) > 0 {
		never := ""
		if n := len(v.cases) - len(v.ran()); n > 0 {
			never = fmt.Sprintf("; %d of %d cases did not run at all", n, len(v.cases))
		}
		v.warn("the limit of %v ended the live runs: %s%s", v.pace.limit, some(rare), never)
	}
	switch ran, cause := len(v.ran()), context.Cause(ctx); {
	case cause != nil && !v.limited:
		v.warn("interrupted: %d of %d cases ran, some of them fewer than %d times", ran, len(v.m.Cases), v.opt.Rounds)
		return &incomplete{"interrupted: only the cases that had run are compared" + v.howToGoOn(), cause}
	case v.lost:
		v.warn("the GPU is lost: %d of %d cases ran, some of them fewer than %d times", ran, len(v.m.Cases), v.opt.Rounds)
		return &incomplete{text: "the GPU is lost: only what ran before is compared"}
	case v.limited && len(v.seldom(2)) > 0:
		return &incomplete{text: fmt.Sprintf("the limit of %v ended the live runs before every case had run twice; the warnings say which ran how often", v.pace.limit)}
	}
	return nil
}

// howToGoOn says how the rest is run, where a folder has what ran.
func (v *validation) howToGoOn() string {
	if v.opt.Output == "" {
		return ""
	}
	return "; the same command with --resume runs the rest"
}

// failed says that something failed, nil for nothing.
func (v *validation) failed() error {
	if v.failures == 0 {
		return nil
	}
	return &incomplete{text: fmt.Sprintf("%d cases, live runs or files failed and are missing; the warnings say which", v.failures)}
}

// nothing says why no case ran, and what is kept all the same.
func (v *validation) nothing(ctx context.Context) error {
	switch cause := context.Cause(ctx); {
	case errors.As(cause, new(limitReached)):
		return v.withKept(cause)
	case cause != nil:
		return v.withKept(&incomplete{"interrupted before any case had run: there is nothing to compare", cause})
	case v.why != nil:
		return v.withKept(fmt.Errorf("no live run ended well: %v", v.why))
	}
	return v.withKept(limitReached{v.pace.limit})
}

// withKept adds to why there is no report what the folder of -o keeps.
func (v *validation) withKept(err error) error {
	if kept := v.store.kept(); kept != "" {
		return fmt.Errorf("%w; %s", err, kept)
	}
	return err
}

// report compares what ran with the predictions of a profile, and writes both; at the end, the profile also has what predictions lack
// beyond their intervals.
func (v *validation) report(f *forecast, end bool) *Report {
	r := v.compare(f)
	if end {
		v.keep(f.learn(r.residuals()))
	}
	if err := v.store.report(r, f); err != nil {
		v.fail(err)
		r.Warnings, r.Complete, r.Files = append(r.Warnings, err.Error()), false, nil
	}
	return r
}

// partialReport writes a report of what ran until now.
func (v *validation) partialReport(ctx context.Context) error {
	if v.store == nil || len(v.ran()) == 0 {
		return nil
	}
	f, err := v.forecast(ctx)
	if err != nil || ctx.Err() != nil {
		return nil // the last report tells of it
	}
	return v.store.report(v.compare(f), f)
}
