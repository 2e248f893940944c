package results

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"vsim/experiments/machinefile"
	"vsim/profile/measure/machine"
	"vsim/sim/scenario"
)

// fakeGPU begins the names of the fakes that tests measure.
const fakeGPU = "vsim fake GPU"

// Options say what may be landed, and beside which machine.
type Options struct {
	AllowFake bool   // for tests: results of the fake GPU
	Machine   string // text of another machine's file, whose changes to these GPUs are told; "" for none
}

// Landing is what becomes of an archive: files by their paths below the repository's root, and what to tell.
type Landing struct {
	Files   []File
	Can     []string // commands that predict with what was measured, once vsim is built with it
	Changes []string // lines of the other machine's file
	Missing []string
}

// File is a file to be written.
type File struct {
	Path string
	Text []byte
}

// landing is a Landing in the making.
type landing struct {
	Landing
	archive *Archive
	server  *machinefile.Machine
	runs    []run
	checks  []check
	probed  probed
	missing []string
}

// Land works out what an archive becomes, and writes nothing. An archive that lacks something gives what it has; one
// that is of no GPU, of several, or changed is a *scenario.InputError.
func (a *Archive) Land(opt Options) (*Landing, error) {
	l := &landing{archive: a, probed: a.probes()}
	parts, err := a.parts()
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, a.bad("holds no profile of a GPU: nothing was measured; see its log.txt")
	}
	gpuName, _ := machinefile.Card(parts[0].Profile)
	if strings.HasPrefix(gpuName, fakeGPU) && !opt.AllowFake {
		return nil, a.bad("is of %q: the fakes' times mean nothing, and are not landed", gpuName)
	}
	if l.runs, err = a.runs(); err != nil {
		return nil, err
	}
	for _, r := range l.runs {
		if !strings.Contains(r.Machine, gpuName) {
			return nil, a.bad("report of %s is of %q, the profiles of %s: one archive holds one GPU", r.step, r.Machine, gpuName)
		}
	}
	p, err := merged(parts)
	if err != nil {
		return nil, a.bad("%v", err)
	}
	nameStandard(p)
	l.server = machinefile.Of(p, string(a.files["smi.txt"]))
	return l.plan(opt)
}

// plan makes the texts.
func (l *landing) plan(opt Options) (*Landing, error) {
	var absent []string
	l.checks, absent = crosscheck(string(l.archive.files["crosscheck.txt"]), l.server.Profile)
	if len(absent) > 0 {
		l.miss("the profile lacks what PyTorch measured: %s", strings.Join(absent, ", "))
	}
	can, cannot, fault := usable(l.server)
	if fault != nil {
		l.miss("no machine file: %v", fault)
	}
	l.Can, l.missing = can, append(l.missing, cannot...)
	l.lookForMissing()
	name, accuracy := l.server.Profile.Name, path.Join("experiments/accuracy", machine.Slug(l.server.GPU))
	encoded, err := l.server.Profile.Encode()
	if err != nil {
		return nil, err
	}
	l.file(path.Join("hardware/profiles", name+".toml"), encoded)
	if fault == nil {
		l.file(path.Join("hardware", l.server.Name()+".toml"), []byte(text(l.server, name, l.server.CPUProfile)))
	}
	for _, r := range l.runs {
		if err := l.raw(r, accuracy); err != nil {
			return nil, err
		}
	}
	if len(l.probed.text) > 0 {
		l.file(path.Join(accuracy, probeFile), l.probed.text)
	}
	l.file(path.Join(accuracy, "README.md"), []byte(l.readme()))
	l.Changes, l.Missing = l.server.Changes(opt.Machine), l.missing
	if opt.Machine == "" {
		l.Changes = nil
	}
	return &l.Landing, nil
}

func (l *landing) file(path string, text []byte) { l.Files = append(l.Files, File{path, text}) }

func (l *landing) miss(format string, args ...any) {
	l.missing = append(l.missing, fmt.Sprintf(format, args...))
}

// lookForMissing says what the archive lacks of what a whole campaign gives.
func (l *landing) lookForMissing() {
	for _, b := range slices.Compact(slices.Sorted(slices.Values(l.archive.broken))) {
		l.miss("unreadable: %s", b)
	}
	if len(l.runs) == 0 || l.runs[0].step != mainStep {
		l.miss("no live case beside its prediction: step %s gave no report", mainStep)
	}
	if len(l.checks) == 0 {
		l.miss("no figure of PyTorch to compare with: step crosscheck gave none")
	}
	if len(l.probed.answers) == 0 {
		l.miss("no probe: step %s gave no answer", probeStep)
	}
	for _, p := range l.probed.answers {
		if p.Error != "" {
			l.miss("probe %s: %s", p.Probe, oneLine(p.Error))
		}
	}
	if l.server.IdleW == 0 {
		l.miss("no power of the GPU: energy is not predicted")
	}
	if l.server.CPUProfile == machinefile.OtherCPU {
		l.miss("no decoding and resizing on the CPU: the machine file takes %s for it", machinefile.OtherCPU)
	}
	if !l.server.Profile.Provenance.Complete {
		l.miss("some points of the profile: a step was cut, or its budget ended")
	}
}

// Raw files above these sizes are compressed, and left in the archive.
const (
	compressAbove = 256 << 10
	leaveAbove    = 2 << 20
)

// raw keeps a validation's own files: the main step's in the GPU's folder, those of others in a folder below. With the
// profile and the cases everything can be predicted again.
func (l *landing) raw(r run, accuracy string) error {
	to := accuracy
	if r.step != mainStep {
		to = path.Join(accuracy, r.step)
	}
	if r.folder == "" { // printed only
		text, err := json.MarshalIndent(r.Report, "", "  ")
		l.file(path.Join(to, "report.json"), append(text, '\n'))
		return err
	}
	for _, name := range l.archive.names(func(name string) bool { return strings.HasPrefix(name, r.folder+"/") }) {
		text, below := l.archive.files[name], strings.TrimPrefix(name, r.folder+"/")
		if strings.HasPrefix(below, "cases/") {
			text = ofFolder.ReplaceAll(text, []byte(`$1 of "$2"`))
		}
		if len(text) > compressAbove {
			text, below = compressed(text), below+".gz"
		}
		if len(text) > leaveAbove {
			l.miss("%s is too large to keep here (%d MiB compressed); it stays in the archive", name, len(text)>>20)
			continue
		}
		l.file(path.Join(to, below), text)
	}
	return nil
}

// ofFolder is the path of the matrix in a case's first line: its folder was one of the machine that measured.
var ofFolder = regexp.MustCompile(`\A(# Case "[^\n]*") of "[^"\n]*/([^"/\n]+)"`)

func compressed(text []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // errs for other levels
	_, _ = z.Write(text)                                  // into memory
	_ = z.Close()
	return b.Bytes()
}

// CheckRoot tells whether a folder is the repository's root.
func CheckRoot(root string) error {
	if _, err := os.Stat(filepath.Join(root, "hardware", "profiles")); err != nil {
		return scenario.BadInput(root, "is not vsim's repository: it has no hardware/profiles; run this in the repository's root, or name it with -root")
	}
	return nil
}
