package main

import (
	"bytes"
	"path/filepath"

	"vsim/experiments/study/plan"
	"vsim/profile"
)

// outputs are the files that the flags name.
func (f *planFlags) outputs() outputs {
	return outputs{{"--output", f.outFile, nil}, {"--html", f.html, pageEndings}}
}

// drawPage writes the answer as a page, where one is asked for; there is one where nothing holds too.
func (f *planFlags) drawPage(a *plan.Answer, file string) error {
	if f.html == "" {
		return nil
	}
	var b bytes.Buffer
	if err := plan.HTML(&b, a, filepath.Base(file)); err != nil {
		return err
	}
	return profile.WriteFile(f.html, b.Bytes())
}
