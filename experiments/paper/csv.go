package paper

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
)

// CSV is the table with six digits of its numbers; what is not known is empty.
func (t *Table) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(t.Columns); err != nil {
		return nil, err
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return nil, fmt.Errorf("row %d has %d cells for %d columns", i+1, len(row), len(t.Columns))
		}
		var cells []string
		for _, c := range row {
			cells = append(cells, cell(c))
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func cell(of any) string {
	x, ok := of.(float64)
	switch {
	case !ok:
		return fmt.Sprint(of)
	case !known(x):
		return ""
	}
	x = rounded(x)
	if a := math.Abs(x); a != 0 && (a < 1e-4 || a >= 1e15) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// rounded has six digits: the others are nothing that a prediction can tell, and may differ from one kind of processor to the next.
func rounded(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	if err != nil {
		return x
	}
	return y
}
