package brokers

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"

	"vsim/profile"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// Files of the folder of results.
const (
	runsFile = "runs.json"
	csvFile  = "brokers.csv"
	pageFile = "README.md"
)

// pageHead begins the README.md that is written: one that begins otherwise is the user's.
const pageHead = "# Brokers, measured: "

// openFolder makes the folder of results if there is none, refuses one whose page is another's, and reads what is to be gone
// on with.
func (c *campaign) openFolder() error {
	if c.Output == "" {
		return nil
	}
	if err := os.MkdirAll(c.Output, 0o777); err != nil {
		return c.badFolder("cannot be written into: %v; name another folder", err)
	}
	page := filepath.Join(c.Output, pageFile)
	if text, err := os.ReadFile(page); err == nil && !bytes.HasPrefix(text, []byte(pageHead)) {
		return c.badFolder("has a %s that no vsim brokers wrote; name another folder", pageFile)
	}
	if !c.Resume {
		return nil
	}
	path := filepath.Join(c.Output, runsFile)
	text, err := userfile.Read(path, userfile.MaxConfigBytes)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var old Report
	if err := json.Unmarshal(text, &old); err != nil {
		return c.badFolder("has a %s that cannot be read: %v; leave out --resume to measure anew", runsFile, err)
	}
	if old.Machine != c.Machine || old.Rounds != c.Options.Rounds {
		return c.badFolder("is of %s with %d rounds, this is %s with %d; leave out --resume to measure anew",
			old.Machine.Name, old.Rounds, c.Machine.Name, c.Options.Rounds)
	}
	c.Runs = old.Runs
	return nil
}

func (c *campaign) badFolder(rule string, args ...any) error {
	return scenario.BadInput("--output "+c.Output, rule, args...)
}

// keep writes what has been measured so far.
func (c *campaign) keep() error {
	if c.Output == "" {
		return nil
	}
	text, err := json.MarshalIndent(c.Report, "", " ")
	if err != nil {
		return err
	}
	return profile.WriteFile(filepath.Join(c.Output, runsFile), append(text, '\n'))
}

// write writes all files of the folder.
func (c *campaign) write() error {
	if c.Output == "" {
		return nil
	}
	if err := c.keep(); err != nil {
		return err
	}
	files, err := c.pictures()
	if err != nil {
		return err
	}
	files[csvFile], files[pageFile] = c.csv(), c.page()
	for name, text := range files {
		if err := profile.WriteFile(filepath.Join(c.Output, name), text); err != nil {
			return err
		}
	}
	return nil
}
