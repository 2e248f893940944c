package sim

import (
	"context"
	"fmt"

	"vsim/sim/compile"
	"vsim/sim/scenario"
)

// A fleet of servers that have nothing to do with each other is simulated as one cell of it, with the cell's part of the traffic: servers
// are alike, so that what is seen at some of them holds for all, and an answer takes as long for a thousand servers as for sixteen.
const (
	fewCells    = 4   // fleets of fewer cells are simulated whole
	cellDoubt   = 2   // intervals allow for so many times what cells of half the size may differ
	cellDiffers = 0.1 // more than so much, relatively, is said
)

// cellsOf gives a cell of a scenario, and one of half its size where that is to tell what is off, nil elsewhere; false where it is simulated whole.
func cellsOf(s *scenario.Scenario, opt *Options) (cell, half *scenario.Scenario, ok bool) {
	servers := s.Run.CellServers
	if opt.Whole || opt.Change != nil || servers == 0 || s.Servers.Count < fewCells*servers {
		return nil, nil, false
	}
	if cell, ok = s.Cell(servers); ok && s.Closed() {
		half, ok = s.Cell(servers / 2)
	}
	if opt.Rounds { // what is compared is off alike
		half = nil
	}
	return cell, half, ok
}

// inCells predicts a fleet by a cell of it. Clients of a closed loop stay in their cell, where in truth they go round the whole fleet: what
// that makes of a difference fades with the size of the cell, and one of half the size shows how much it is.
func (j *job) inCells(ctx context.Context, cell, half *scenario.Scenario) (*Prediction, error) {
	of, err := j.like(cell)
	if err != nil {
		return nil, err
	}
	of.opt.Progress = nil
	if tell := j.opt.Progress; tell != nil {
		part := 1.0
		if half != nil {
			part = 0.75
		}
		of.opt.Progress = func(done float64) { tell(part * done) }
	}
	p, err := of.whole(ctx)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("A fleet of like servers: simulated is a cell of %d of its %d, with its part of the traffic", cell.Servers.Count, j.s.Servers.Count)
	if half != nil {
		note += fmt.Sprintf("; intervals allow for %d times what a cell of %d may differ", cellDoubt, half.Servers.Count)
		if err := j.doubt(ctx, p, half); err != nil {
			return nil, err
		}
	}
	p.Notes = append(p.Notes, note+". run.cell_servers sets its size.")
	return p, nil
}

// doubt widens the intervals of a cell's prediction by what one of half the size may differ.
func (j *job) doubt(ctx context.Context, p *Prediction, half *scenario.Scenario) error {
	smaller, err := j.like(half)
	if err != nil {
		return err
	}
	smaller.opt = Options{NoWhatIf: true, NoPI: true}
	other, err := smaller.whole(ctx)
	if err != nil {
		return err
	}
	if differs := p.Allow(cellDoubt, other); differs > cellDiffers {
		p.Warnings = append(p.Warnings, fmt.Sprintf("a cell of half the size differs by %.0f %%: how many servers there are matters here, and more of them should be simulated together (run.cell_servers)", 100*differs))
	}
	return nil
}

// like is the job of predicting a cell of the job's fleet.
func (j *job) like(cell *scenario.Scenario) (*job, error) {
	built, err := compile.Build(cell, j.profiles)
	if err != nil {
		return nil, err
	}
	// Cells that get requests in turn get the same ones: what chance does to one it does to all.
	independent := built.System.Source.Clients > 0 || cell.AtRandom()
	return &job{s: cell, profiles: j.profiles, built: built, opt: j.opt, fleet: float64(j.s.Servers.Count) / float64(cell.Servers.Count), independent: independent}, nil
}
