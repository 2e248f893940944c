package validate

import (
	"fmt"
	"slices"
	"time"
)

// Level is how thorough a validation is. A case belongs to its level and to all larger ones.
type Level string

// The levels, from small to large.
const (
	Quick    Level = "quick"
	Standard Level = "default"
	Full     Level = "full"
)

var levels = []Level{Quick, Standard, Full}

// effort is what a level spends on a 2-core machine.
type effort struct {
	all   time.Duration // on everything, set-up and predictions included
	least time.Duration // on a live run, and on every one of a closed loop, which shows its mean soon
	most  time.Duration // on the live run of an open loop
}

var efforts = map[Level]effort{
	Quick:    {all: 5 * time.Minute, least: 5 * time.Second, most: 15 * time.Second},
	Standard: {all: 15 * time.Minute, least: 8 * time.Second, most: 30 * time.Second},
	Full:     {all: 56 * time.Minute, least: 8 * time.Second, most: 2 * time.Minute},
}

func (l Level) check() error {
	if l != "" && !slices.Contains(levels, l) {
		return fmt.Errorf("level = %q, must be one of quick, default and full", l)
	}
	return nil
}

// within says whether a case of this level belongs to another; one that does not say is of the default level.
func (l Level) within(other Level) bool {
	if l == "" {
		l = Standard
	}
	return slices.Index(levels, l) <= slices.Index(levels, other)
}

// At keeps the cases of a level, all where no case names any, and says how long they run. It refuses traffic of which a
// live run would show only a part.
func (m *Matrix) At(l Level) error {
	if slices.ContainsFunc(m.Cases, func(c *Case) bool { return c.level != "" }) {
		m.Cases = slices.DeleteFunc(m.Cases, func(c *Case) bool { return !c.level.within(l) })
	}
	m.level = l
	for _, c := range m.Cases {
		c.at(efforts[l])
		if err := c.checkTraffic(m.File); err != nil {
			return err
		}
	}
	if l == Quick && !m.given {
		return m.Shorten(efforts[l].least)
	}
	return nil
}

// at says how long a case runs that does not say itself: as little as a level allows, more where its traffic repeats
// itself more slowly.
func (c *Case) at(e effort) {
	if !c.free {
		return
	}
	c.Measure = e.least
	if _, length, err := period(c.Scenario); err == nil && length <= e.most {
		c.Measure = max(c.Measure, length)
	}
}
