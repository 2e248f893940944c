package picture

import (
	"bytes"
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Row draws plots side by side, 11 by 9 cm each, as "svg" or "png".
func Row(format string, row []*plot.Plot) ([]byte, error) {
	canvas, err := draw.NewFormattedCanvas(vg.Length(len(row))*11*vg.Centimeter, 9*vg.Centimeter, format)
	if err != nil {
		return nil, fmt.Errorf("a plot as %s: %w", format, err)
	}
	tiles := draw.Tiles{Rows: 1, Cols: len(row), PadX: 5 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadBottom: 2 * vg.Millimeter,
		PadLeft: 2 * vg.Millimeter, PadRight: 5 * vg.Millimeter}
	for i, place := range plot.Align([][]*plot.Plot{row}, tiles, draw.New(canvas))[0] {
		row[i].Draw(place)
	}
	var b bytes.Buffer
	_, err = canvas.WriteTo(&b)
	return b.Bytes(), err
}
