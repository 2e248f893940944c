package machine

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// State is how the processors are at a moment. What the system does not tell is 0.
type State struct {
	ClockMHz     float64 // mean of all processors
	TemperatureC float64 // of the hottest sensor of a processor
}

// Look reads the state, from Linux's files.
func Look() State { return look("/") }

// Ends are the figures of two states, of that before something and that after it; nil for what the system does not tell.
func Ends(before, after State) (clockMHz, temperatureC []float64) {
	both := func(a, b float64) []float64 {
		if a == 0 || b == 0 {
			return nil
		}
		return []float64{a, b}
	}
	return both(before.ClockMHz, after.ClockMHz), both(before.TemperatureC, after.TemperatureC)
}

// look reads the state of the files below root.
func look(root string) (s State) {
	s.ClockMHz = math.Round(clock(root))
	s.TemperatureC = math.Round(temperature(root)*10) / 10
	return s
}

// clock is the mean of what the driver of clocks says, in kHz, else of what /proc/cpuinfo does.
func clock(root string) float64 {
	files, _ := filepath.Glob(filepath.Join(root, "sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq"))
	var mhz []float64
	for _, f := range files {
		mhz = appendNumber(mhz, line(f), 1e-3)
	}
	if len(mhz) == 0 {
		mhz = cpuinfoMHz(filepath.Join(root, "proc/cpuinfo"))
	}
	if len(mhz) == 0 {
		return 0
	}
	return stat.Mean(mhz, nil)
}

func cpuinfoMHz(path string) (mhz []float64) {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "cpu MHz" {
			mhz = appendNumber(mhz, strings.TrimSpace(value), 1)
		}
	}
	return mhz
}

// The sensors of processors, by the names of their drivers (kernel documentation, hwmon) and of their zones (thermal).
var sensors = []string{"coretemp", "k10temp", "zenpower", "x86_pkg_temp", "cpu"}

// temperature is that of the hottest sensor of a processor; they show thousandths of a degree.
func temperature(root string) float64 {
	var celsius []float64
	for _, places := range []struct{ folders, name, values string }{
		{"sys/class/hwmon/hwmon[0-9]*", "name", "temp[0-9]*_input"},
		{"sys/class/thermal/thermal_zone[0-9]*", "type", "temp"},
	} {
		folders, _ := filepath.Glob(filepath.Join(root, places.folders))
		for _, folder := range folders {
			name := line(filepath.Join(folder, places.name))
			if !slices.ContainsFunc(sensors, func(s string) bool { return strings.HasPrefix(name, s) }) {
				continue
			}
			values, _ := filepath.Glob(filepath.Join(folder, places.values))
			for _, v := range values {
				celsius = appendNumber(celsius, line(v), 1e-3)
			}
		}
	}
	if len(celsius) == 0 {
		return 0
	}
	return slices.Max(celsius)
}

// appendNumber adds a number in other units to a list, where text is one above 0.
func appendNumber(list []float64, text string, unit float64) []float64 {
	if v, err := strconv.ParseFloat(text, 64); err == nil && v > 0 && !math.IsInf(v, 0) {
		return append(list, v*unit)
	}
	return list
}
