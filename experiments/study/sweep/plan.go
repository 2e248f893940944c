package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"vsim/experiments/study"
	"vsim/profile/measure/machine"
	"vsim/profile/userfile"
)

// planSchema is the version of the form of plan.json and of the rows.
const planSchema = 1

// plan is what a folder of rows is of, so that another sweep does not go on in it.
type plan struct {
	Schema  int      `json:"schema"`
	Vsim    string   `json:"vsim"` // the build
	File    string   `json:"file"` // without its folder
	Set     []string `json:"set,omitempty"`
	Profile string   `json:"profile,omitempty"` // without its folder
	Vary    []varied `json:"vary"`
	Zip     bool     `json:"zip,omitempty"`
	Points  int      `json:"points"` // of the whole sweep
	Inputs  []input  `json:"inputs"`
	SHA256  string   `json:"sha256"`          // of all above
	Shard   *Shard   `json:"shard,omitempty"` // nil for the whole sweep
}

// varied is a key and its values.
type varied struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

func (s *Sweep) newPlan() plan {
	p := plan{Schema: planSchema, Vsim: machine.Build(), File: filepath.Base(s.file), Set: s.opt.Set, Zip: s.opt.Zip,
		Points: len(s.whole), Inputs: describe(s.inputs)}
	if s.opt.Profile != "" {
		p.Profile = filepath.Base(s.opt.Profile)
	}
	for _, a := range s.axes {
		p.Vary = append(p.Vary, varied{a.Key, a.Values})
	}
	p = p.asRead()
	p.SHA256 = p.sum()
	if !s.opt.Shard.all() {
		p.Shard = &s.opt.Shard
	}
	return p
}

// asRead is the plan as it is read from its file: what is not UTF-8, as in a file's name, is replaced.
func (p plan) asRead() (out plan) {
	if err := json.Unmarshal(p.encode(), &out); err != nil {
		panic(err) // it has just been written
	}
	return out
}

// sum is the hash of what all shards have in common.
func (p plan) sum() string {
	p.SHA256, p.Shard = "", nil
	return sum(p.encode())
}

func (p plan) encode() []byte {
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		panic(err) // it has texts and numbers only
	}
	return append(text, '\n')
}

// shard is the part of the points that the folder has.
func (p *plan) shard() Shard {
	if p.Shard == nil {
		return Shard{}
	}
	return *p.Shard
}

// axes are those of the sweep.
func (p *plan) axes() (out []study.Axis) {
	for _, v := range p.Vary {
		out = append(out, study.Axis{Key: v.Key, Values: v.Values})
	}
	return out
}

// points are all of the sweep.
func (p *plan) points() ([]study.Point, error) {
	if p.Zip {
		return study.Zip(p.axes())
	}
	return study.Product(p.axes())
}

// readPlan reads the plan of a folder. The error is fs.ErrNotExist where it has none.
func readPlan(path string) (*plan, error) {
	text, err := userfile.Read(path, userfile.MaxTableBytes)
	if err != nil {
		return nil, err
	}
	p := &plan{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("%s is not the plan of a sweep: %w", filepath.Base(path), err)
	}
	if p.Schema != planSchema {
		return nil, fmt.Errorf("%s has schema %d, and this vsim reads %d", filepath.Base(path), p.Schema, planSchema)
	}
	points, err := p.points()
	if shard := p.shard(); err != nil || p.SHA256 != p.sum() || p.Points != len(points) || shard.Index < 0 || shard.Of < 0 || shard.Of > maxShards || shard.Index >= max(shard.Of, 1) {
		return nil, errors.New(filepath.Base(path) + " was edited")
	}
	return p, nil
}

// differs says in what the plan of a folder is not that of another sweep, "" where it is.
func (p *plan) differs(now *plan) string {
	switch {
	case p.Vsim != now.Vsim:
		return fmt.Sprintf("it was made by vsim %s, and this is %s", p.Vsim, now.Vsim)
	case p.File != now.File:
		return fmt.Sprintf("it is of %s, and not of %s", p.File, now.File)
	case !slices.EqualFunc(p.Vary, now.Vary, func(a, b varied) bool { return a.Key == b.Key && slices.Equal(a.Values, b.Values) }) || p.Zip != now.Zip:
		return "other keys or values are varied in it"
	case !slices.Equal(p.Set, now.Set) || p.Profile != now.Profile:
		return "it was made with another --set or --profile"
	case p.shard() != now.shard():
		return fmt.Sprintf("it has %s, and not %s", p.shard().words(), now.shard().words())
	case p.SHA256 != now.SHA256:
		return fmt.Sprintf("%s, or a file that it names, has changed since", p.File)
	}
	return ""
}

func (s Shard) words() string {
	if s.all() {
		return "all points"
	}
	return "shard " + s.String()
}
