package generator

import (
	"fmt"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"

	"vsim/experiments/load/record"
	"vsim/experiments/load/valid"
)

// Report is what vsim load says of its loads.
type Report struct {
	Server  string `json:"server"`
	Address string `json:"address"`
	Model   string `json:"model"`
	Input   string `json:"input"`
	Batch   int    `json:"batch"` // images of a request
	Valid   bool   `json:"valid"`
	Loads   []Row  `json:"loads"`
}

// Row is what one load showed.
type Row struct {
	Load       string  `json:"load"`
	Clients    int     `json:"clients,omitempty"`
	RateRPS    float64 `json:"rate_rps,omitempty"`
	Began      string  `json:"began"`
	Generators int     `json:"generators"`
	valid.Figures
	Histograms Histograms    `json:"histograms"`
	Client     record.Client `json:"client"`
	Split      *record.Split `json:"server_split,omitempty"` // mean times of a request in the server
	Valid      bool          `json:"valid"`
	Checks     []valid.Check `json:"checks"`
	Warnings   []string      `json:"warnings,omitempty"`
}

// Histograms are all latencies as HdrHistogram's tools read them: its V2 encoding, compressed, base64. Values are nanoseconds, with
// three significant digits.
type Histograms struct {
	FromSchedule string `json:"latency_ns"`
	FromSend     string `json:"latency_from_send_ns"`
}

// ReportOf works out what runs showed. There is one at least.
func ReportOf(runs []*record.Run) (*Report, error) {
	first := runs[0]
	out := &Report{Server: first.Server, Address: first.Address, Model: first.Model, Input: first.Input, Batch: first.Batch, Valid: true}
	for _, run := range runs {
		row, err := rowOf(run)
		if err != nil {
			return nil, err
		}
		out.Loads = append(out.Loads, row)
		out.Valid = out.Valid && row.Valid
	}
	return out, nil
}

func rowOf(run *record.Run) (row Row, err error) {
	row = Row{Load: run.Load, Clients: run.Clients, RateRPS: run.RateRPS, Began: run.Began().UTC().Format("2006-01-02T15:04:05.000Z"),
		Generators: run.Generators, Figures: valid.Of(run)}
	row.Checks = valid.Judge(run, &row.Figures)
	row.Valid = valid.Valid(row.Checks)
	row.Warnings = warnings(run, &row.Figures)
	if run.End != nil {
		row.Client, row.Split = run.End.Client, run.End.Server
	}
	if row.Histograms.FromSchedule, err = encoded(row.FromSchedule.Sorted()); err != nil {
		return row, err
	}
	row.Histograms.FromSend, err = encoded(row.FromSend.Sorted())
	return row, err
}

// othersPart is by how much the server's count may differ from the generator's before somebody else is thought to use it.
const othersPart = 0.05

func warnings(run *record.Run, f *valid.Figures) (out []string) {
	if run.Torn {
		out = append(out, "the records end within a line, which was left out: the generator was killed")
	}
	end := run.End
	switch {
	case end == nil:
		out = append(out, "the records have no end: the generator was killed, or is still at work; the server's times and the client's CPU are not known")
	case end.ServerNote != "":
		out = append(out, "the server's times are not known: "+end.ServerNote)
	case end.Server != nil && f.SpanS > 0 && run.Generators == 1:
		ours, theirs := f.ThroughputRPS*f.SpanS, float64(end.Server.Requests)
		if inside := f.ThroughputRPS * f.FromSend.MaxS; theirs-ours > othersPart*ours+2*inside+float64(run.Clients) {
			out = append(out, fmt.Sprintf("the server served %.0f requests while this generator had %.0f answers: others use it too", theirs, ours))
		}
	}
	return out
}

// The range of histograms, and their precision.
const (
	longestNs = 3_600_000_000_000
	digits    = 3
)

func encoded(seconds []float64) (string, error) {
	h := hdrhistogram.New(1, longestNs, digits)
	for _, s := range seconds {
		if err := h.RecordValue(min(int64(1e9*s+0.5), longestNs)); err != nil {
			return "", err
		}
	}
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	return string(text), err
}

// Merged makes one report of the loads in several folders: the first load of each is one load, and so on.
func Merged(dirs []string) (*Report, error) {
	var files [][]*record.Run
	for _, dir := range dirs {
		runs, err := record.Read(dir)
		if err != nil {
			return nil, err
		}
		files = append(files, runs)
	}
	most := len(slices.MaxFunc(files, func(a, b []*record.Run) int { return len(a) - len(b) }))
	var merged []*record.Run
	for i := range most {
		var names []string
		var together []*record.Run
		for at, runs := range files {
			if i < len(runs) {
				names, together = append(names, dirs[at]), append(together, runs[i])
			}
		}
		run, err := record.Merge(names, together)
		if err != nil {
			return nil, err
		}
		merged = append(merged, run)
	}
	return ReportOf(merged)
}

// ValidLoads is how many of the loads are valid.
func (r *Report) ValidLoads() (n int) {
	for i := range r.Loads {
		if r.Loads[i].Valid {
			n++
		}
	}
	return n
}

// Complete is how many of the loads ran to their end.
func (r *Report) Complete() (n int) {
	for i := range r.Loads {
		for _, c := range r.Loads[i].Checks {
			if c.Name == "complete" && c.Holds {
				n++
			}
		}
	}
	return n
}
