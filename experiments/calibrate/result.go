package calibrate

import (
	"context"
	"io"
)

// Result is a calibrated server.
type Result interface {
	Text(w io.Writer) error             // predictions beside the table
	Scenario(name, about string) []byte // in the scenario language
}

// Any calibrates a table, with or without the server's split of the latency.
func Any(ctx context.Context, file string, t *Table, o Options) (Result, error) {
	if t.Setups != nil {
		return CalibratePlain(ctx, file, t, o)
	}
	return Calibrate(ctx, file, t, o)
}

// Scenario writes the server found, with the load of the last anchor.
func (c *Calibration) Scenario(name, about string) []byte {
	return c.Model.Scenario(name, about, c.Anchors[len(c.Anchors)-1])
}
