package machinefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vsim/profile"
	"vsim/sim"
	"vsim/sim/scenario"
)

// ours begins a machine file that may be written anew: one that a person has edited may lose this line.
const ours = "Written by vsim profile"

// Beside is where the machine of a profile is written: cpu.toml has cpu-machine.toml.
func Beside(profilePath string) string {
	return strings.TrimSuffix(profilePath, ".toml") + "-machine.toml"
}

// WriteBeside writes the machine of a profile into a file beside the profile's. A file there that vsim profile has not
// written stays as it is, which is an error.
func WriteBeside(p *profile.Profile, profilePath string) (path string, err error) {
	m := Of(p, "")
	if m.GPU != "" && m.LatencyNs == 0 {
		return "", errors.New("no transfer over the link was measured")
	}
	path = Beside(profilePath)
	if old, err := os.ReadFile(path); err == nil && !strings.HasPrefix(string(old), "# "+ours) {
		return "", fmt.Errorf("%s is there and not of vsim profile; remove it, or write the profile elsewhere with -o", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	name := "./" + filepath.ToSlash(filepath.Base(profilePath))
	cpu := m.CPUProfile
	if cpu == p.Name {
		cpu = name
	}
	comment := fmt.Sprintf("%s, %s. Times are in the profile; the rest may be changed: without this line the file is kept.", ours, p.Provenance.Date)
	return path, profile.WriteFile(path, []byte(m.Text(comment, name, cpu)))
}

// Use writes the machine of a profile beside it, and says where it is and which command predicts with it.
func Use(p *profile.Profile, profilePath string) (string, error) {
	path, err := WriteBeside(p, profilePath)
	if err != nil {
		return "", err
	}
	command, err := Next(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(", its machine in %s; use it: %s", path, command), nil
}

// Next is a command that predicts with a machine's file and works as it is: it sets what the file's profile leaves open.
// The error says why there is none.
func Next(path string) (command string, err error) {
	words := []string{"vsim", "simulate", path}
	var opt scenario.Options
	for {
		_, err := sim.Compile(sim.File(path, opt))
		if err == nil {
			return Quoted(words), nil
		}
		var wrong *scenario.InputError
		if !errors.As(err, &wrong) || len(wrong.Set()) == 0 || len(opt.Set) > 0 {
			return "", err
		}
		for _, set := range wrong.Set() {
			opt.Set = append(opt.Set, set)
			words = append(words, "--set", set)
		}
	}
}

// Quoted joins the words of a command so that a shell takes them apart again.
func Quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w
		if w == "" || strings.ContainsFunc(w, func(r rune) bool { return !strings.ContainsRune(safe, r) }) {
			out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}

// safe are the characters that no shell reads anything into.
const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%"
