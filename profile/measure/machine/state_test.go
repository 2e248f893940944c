package machine

import (
	"os"
	"path/filepath"
	"testing"
)

// tree makes files below a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestLookReadsWhatThereIs: the driver's clock before cpuinfo's, the hottest sensor of a processor and no other's; what is
// not there or is no number is 0, never an error.
func TestLookReadsWhatThereIs(t *testing.T) {
	const cpuinfo = "processor\t: 0\ncpu MHz\t\t: 2596.130\n\nprocessor\t: 1\ncpu MHz\t\t: 3000.2\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  State
	}{
		"nothing":              {nil, State{}},
		"a virtual machine":    {map[string]string{"proc/cpuinfo": cpuinfo}, State{ClockMHz: 2798}},
		"no clock in cpuinfo":  {map[string]string{"proc/cpuinfo": "processor\t: 0\n"}, State{}},
		"neither is a number":  {map[string]string{"proc/cpuinfo": "cpu MHz : fast\n", "sys/class/thermal/thermal_zone0/type": "x86_pkg_temp\n", "sys/class/thermal/thermal_zone0/temp": "hot\n"}, State{}},
		"a driver of clocks":   {map[string]string{"proc/cpuinfo": cpuinfo, "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "1400000\n", "sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq": "1600000\n"}, State{ClockMHz: 1500}},
		"a zone":               {map[string]string{"sys/class/thermal/thermal_zone0/type": "acpitz\n", "sys/class/thermal/thermal_zone0/temp": "90000\n", "sys/class/thermal/thermal_zone1/type": "x86_pkg_temp\n", "sys/class/thermal/thermal_zone1/temp": "61250\n"}, State{TemperatureC: 61.3}},
		"a processor, a drive": {map[string]string{"sys/class/hwmon/hwmon0/name": "nvme\n", "sys/class/hwmon/hwmon0/temp1_input": "70000\n", "sys/class/hwmon/hwmon1/name": "k10temp\n", "sys/class/hwmon/hwmon1/temp1_input": "45000\n", "sys/class/hwmon/hwmon1/temp2_input": "52000\n"}, State{TemperatureC: 52}},
	} {
		if got := look(tree(t, c.files)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
