package validate

import (
	"bytes"
	"encoding/csv"
	"strconv"
)

// csvHeading names the columns of accuracy.csv, which are those of Row. Times are seconds; errors, noise and noise floor are
// relative. What is not known is empty.
var csvHeading = []string{"case", "band", "metric", "predicted", "interval95_low", "interval95_high", "measured", "error", "own_times",
	"model_error", "profile_error", "inside", "runs", "noise", "noise_floor"}

// csv has a line for each case and metric, stages among them.
func (r *Report) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	lines := [][]string{csvHeading}
	for _, row := range r.Cases {
		lines = append(lines, row.cells())
	}
	err := w.WriteAll(lines)
	return b.Bytes(), err
}

func (r Row) cells() []string {
	number := func(x float64, known bool) string {
		if !known {
			return ""
		}
		return strconv.FormatFloat(x, 'g', 7, 64)
	}
	own, judged := r.OwnTimes > 0, r.judged()
	inside := ""
	if judged {
		inside = strconv.FormatBool(r.Inside)
	}
	return []string{r.Case, string(r.Band), r.Metric, number(r.Predicted, true), number(r.Interval95[0], judged), number(r.Interval95[1], judged),
		number(r.Measured, true), number(r.Error, true), number(r.OwnTimes, own), number(r.ModelError, own), number(r.ProfileError, own),
		inside, strconv.Itoa(r.Runs), number(r.Noise, r.noisy()), number(r.NoiseFloor, r.NoiseFloor > 0)}
}
