// Package machine says what the machine is that vsim measures, and how busy others keep it. What a
// system does not tell is zero or "".
package machine

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Cores is how many goroutines can run at once: the processors that the process may use, less where
// a container's CPU limit says so.
func Cores() int { return runtime.GOMAXPROCS(0) }

// CPU is the processor's name, for example "AMD EPYC".
func CPU() string {
	for _, key := range []string{"model name", "Model", "Hardware"} {
		if name := field("/proc/cpuinfo", key); name != "" {
			return strings.Join(strings.Fields(name), " ")
		}
	}
	return runtime.GOARCH
}

// MemoryGiB is the machine's memory, and how much of it programs could still take.
func MemoryGiB() (total, available float64) {
	return gib(field("/proc/meminfo", "MemTotal")), gib(field("/proc/meminfo", "MemAvailable"))
}

// gib reads meminfo's "24691216 kB".
func gib(text string) float64 {
	kib, _ := strconv.ParseFloat(strings.TrimSuffix(text, " kB"), 64)
	return kib / (1 << 20)
}

// Load1 is the 1-minute load average.
func Load1() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}

// OS names the system and its kernel.
func OS() string {
	name := strings.Trim(separated("/etc/os-release", "PRETTY_NAME", "="), `"`)
	if name == "" {
		name = runtime.GOOS
	}
	if kernel := line("/proc/sys/kernel/osrelease"); kernel != "" {
		name += ", kernel " + kernel
	}
	return name
}

// Clock names the clock that spans are read from.
func Clock() string {
	name := "CLOCK_MONOTONIC"
	if source := line("/sys/devices/system/clocksource/clocksource0/current_clocksource"); source != "" {
		name += " (" + source + ")"
	}
	return name
}

// Name is a short name of the machine for a profile, and for its file when slug is true.
func Name(slug bool) string {
	name := fmt.Sprintf("%s, %d cores", CPU(), Cores())
	if !slug {
		return name
	}
	return Slug(name)
}

// Slug makes a file's name of a device's: lower-case words and numbers joined by "-".
func Slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

func line(path string) string {
	text, _ := os.ReadFile(filepath.Clean(path))
	return strings.TrimSpace(string(text))
}

func field(path, key string) string { return separated(path, key, ":") }

// separated gives the value of the first line "key: value" of a file.
func separated(path, key, separator string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if k, v, ok := strings.Cut(lines.Text(), separator); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
