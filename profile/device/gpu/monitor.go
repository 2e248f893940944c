package gpu

import (
	"fmt"

	"vsim/profile/device/native"
	"vsim/profile/device/nvml"
)

// openMonitor opens NVML. The GPU does its work without: what cannot be had is a note.
func (d *Device) openMonitor() {
	if d.unmonitored = d.findMonitor(); d.unmonitored != nil {
		d.Notes = append(d.Notes, fmt.Sprintf("no energy, clocks or temperature: %v", d.unmonitored))
		return
	}
	version, err := d.nvml.DriverVersion()
	if err != nil {
		d.Notes = append(d.Notes, fmt.Sprintf("the driver's version is unknown: %v", err))
		return
	}
	d.Version["driver"] = version
}

func (d *Device) findMonitor() error {
	if !nvml.Built {
		return nvml.ErrNotBuilt
	}
	path, err := native.Find(native.NVML, "")
	if err != nil {
		return err
	}
	if d.nvml, err = nvml.Open(path); err != nil {
		return err
	}
	d.Monitor, err = d.nvml.Device(d.Info.PCIBus)
	return err
}

// EnergyJ is the energy that the GPU has used since its driver was loaded, in joules. The error says why
// that is unknown.
func (d *Device) EnergyJ() (float64, error) {
	if d.unmonitored != nil {
		return 0, d.unmonitored
	}
	return d.Monitor.EnergyJ()
}
