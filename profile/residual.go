package profile

import (
	_ "embed"
	"sync"

	"github.com/BurntSushi/toml"
)

// Residual is how far predictions were from live runs beyond what the profile and chance explain: the model's own part, as
// vsim validate found it on this machine.
type Residual struct {
	Metric string  `toml:"metric" needed:"yes" oneof:"metric"` // throughput, mean, p50 or p99
	Band   Band    `toml:"band" needed:"yes" oneof:"band"`
	LogSD  float64 `toml:"log_sd" needed:"yes" min:"0" max:"100"` // standard deviation of ln(predicted/measured)
	N      int     `toml:"n" needed:"yes" min:"1" max:"1e12"`     // cases
}

//go:embed residuals.toml
var residuals string

// UsualResiduals are the model's own errors as vsim validate has found them on another machine, ResidualsFrom, for servers that work on the CPU alone with
// times that were measured.
var UsualResiduals = sync.OnceValue(func() []Residual {
	var file struct {
		Residuals []Residual `toml:"residual"`
	}
	if _, err := toml.Decode(residuals, &file); err != nil {
		panic(err) // a test reads it
	}
	return file.Residuals
})

// ResidualsFrom says where the usual residuals are from.
const ResidualsFrom = "two cores of an AMD EPYC, 2026-11-29"
