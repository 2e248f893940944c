package paper

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"
)

//go:embed zoo.csv
var zooCSV []byte

// zooModel is a row of zoo.csv, where the rule stands by which it was chosen.
type zooModel struct {
	Name          string
	Task          string
	Height, Width int     // of its input, in pixels
	GMACs         float64 // multiply-accumulates of one image, in thousand millions
	MActs         float64 // outputs of convolutions and matrix products, in millions
	ParamsM       float64
	AnswerBytes   int
	ImagesPerS    float64 // timm's with torch.compile on an RTX 4090, 0 where nobody publishes one
	Source        string
}

// GFLOPs are the model's operations, two for a multiply-accumulate, as the paper counts.
func (m zooModel) GFLOPs() float64 { return 2 * m.GMACs }

// TensorBytes is its input in float32.
func (m zooModel) TensorBytes() int { return 4 * 3 * m.Height * m.Width }

// step is what timm's harness takes for one image, or what the law says that it would.
func (m zooModel) step(law timeLaw) (step time.Duration, source string) {
	if m.ImagesPerS > 0 {
		return time.Duration(1e9 / m.ImagesPerS), m.Source
	}
	return law.step(m.GMACs, m.MActs), "interpolated"
}

// zooColumns are those of zoo.csv.
var zooColumns = []string{"model", "task", "input_height", "input_width", "gmacs", "macts", "params_m", "answer_bytes", "images_per_s", "source"}

// zoo reads zoo.csv.
func zoo() ([]zooModel, error) {
	r := csv.NewReader(bytes.NewReader(zooCSV))
	r.Comment = '#'
	r.FieldsPerRecord = len(zooColumns)
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("zoo.csv: %w", err)
	}
	var out []zooModel
	for _, row := range rows[1:] {
		m, err := zooRow(row)
		if err != nil {
			return nil, fmt.Errorf("zoo.csv: %s: %w", row[0], err)
		}
		out = append(out, m)
	}
	return out, nil
}

func zooRow(row []string) (zooModel, error) {
	var numbers [7]float64 // from input_height to images_per_s
	for i := range numbers {
		if row[2+i] == "interpolated" {
			continue
		}
		x, err := strconv.ParseFloat(row[2+i], 64)
		if err != nil {
			return zooModel{}, err
		}
		numbers[i] = x
	}
	return zooModel{
		Name: row[0], Task: row[1], Height: int(numbers[0]), Width: int(numbers[1]), GMACs: numbers[2], MActs: numbers[3],
		ParamsM: numbers[4], AnswerBytes: int(numbers[5]), ImagesPerS: numbers[6], Source: row[9],
	}, nil
}
