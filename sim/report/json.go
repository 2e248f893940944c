// Package report prints predictions: as text for people and as JSON for programs.
package report

import (
	"encoding/json"
	"fmt"
	"io"

	"vsim/sim/predict"
)

// JSON writes the prediction as one object, SI units, keys in the order of predict.Prediction.
func JSON(w io.Writer, p *predict.Prediction) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("report: the prediction holds a value that JSON has no form for: %w", err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
