package sim

import (
	"cmp"
	"context"
	"fmt"

	"vsim/sim/compile"
	"vsim/sim/scenario"
)

// A fleet of servers that have nothing to do with each other is simulated as one cell of it, with the cell's part of the traffic: servers
// are alike, so that what is seen at some of them holds for all, and an answer takes as long for a thousand servers as for sixteen.
const (
	defaultCell = 16 // servers
	fewCells    = 4  // fleets of fewer cells are simulated whole
	cellDoubt   = 2  // intervals allow for so many times what cells of half the size differ
)

// cellsOf gives a cell of a scenario, and the number of them; false where it is simulated whole.
func cellsOf(s *scenario.Scenario, opt *Options) (cell *scenario.Scenario, cells float64, ok bool) {
	servers := cmp.Or(s.Run.CellServers, defaultCell)
	if opt.Whole || opt.Change != nil || s.Servers.Count < fewCells*servers {
		return nil, 0, false
	}
	cell, ok = s.Cell(servers)
	return cell, float64(s.Servers.Count) / float64(servers), ok
}

// inCells predicts a fleet by a cell of it. Clients of a closed loop stay in their cell, where in truth they go round the whole fleet: what
// that makes of a difference fades with the size of the cell, and one of half the size shows how much it is.
func (j *job) inCells(ctx context.Context, cell *scenario.Scenario, cells float64) (*Prediction, error) {
	of, err := j.like(cell)
	if err != nil {
		return nil, err
	}
	closed := of.built.System.Source.Clients > 0
	if closed || cell.AtRandom() { // else cells get the same arrivals in turn, and what chance does to one it does to all
		of.fleet = cells
	}
	half, smaller := cell.Cell(cell.Servers.Count / 2)
	smaller = smaller && closed && !j.opt.Rounds
	part := 1.0
	if smaller {
		part = 0.75
	}
	if tell := j.opt.Progress; tell != nil {
		of.opt.Progress = func(done float64) { tell(part * done) }
	}
	p, err := of.whole(ctx)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("A fleet of like servers: simulated is a cell of %d of its %d, with its part of the traffic", cell.Servers.Count, j.s.Servers.Count)
	if smaller {
		if err := j.doubt(ctx, p, cell, half); err != nil {
			return nil, err
		}
		note += fmt.Sprintf("; intervals allow for %d times what a cell of %d differs", cellDoubt, half.Servers.Count)
	}
	p.Of(cells)
	p.Notes = append(p.Notes, note+". run.cell_servers sets its size.")
	return p, nil
}

// doubt widens the intervals of a cell's prediction by what one of half the size differs.
func (j *job) doubt(ctx context.Context, p *Prediction, of, half *scenario.Scenario) error {
	smaller, err := j.like(half)
	if err != nil {
		return err
	}
	smaller.opt.NoWhatIf, smaller.opt.NoPI = true, true
	other, err := smaller.whole(ctx)
	if err != nil {
		return err
	}
	other.Of(float64(of.Servers.Count) / float64(half.Servers.Count))
	p.Allow(cellDoubt, other)
	return nil
}

// like is the job of predicting another scenario with the same profiles.
func (j *job) like(s *scenario.Scenario) (*job, error) {
	built, err := compile.Build(s, j.profiles)
	return &job{s: s, profiles: j.profiles, built: built, opt: j.opt}, err
}
