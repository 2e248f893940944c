package brokers

import (
	"bytes"
	"fmt"
	"image/color"
	"maps"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	_ "gonum.org/v1/plot/vg/vgimg" // pictures as PNG
	_ "gonum.org/v1/plot/vg/vgsvg" // and as SVG

	"vsim/profile"
)

// look is how a broker is drawn (ColorBrewer's Dark2).
var look = map[string]struct {
	color.RGBA
	draw.GlyphDrawer
}{
	profile.KafkaAll:    {color.RGBA{0x1b, 0x9e, 0x77, 0xff}, draw.CircleGlyph{}},
	profile.KafkaOne:    {color.RGBA{0x75, 0x70, 0xb3, 0xff}, draw.SquareGlyph{}},
	profile.RedisList:   {color.RGBA{0xd9, 0x5f, 0x02, 0xff}, draw.TriangleGlyph{}},
	profile.RedisStream: {color.RGBA{0xe7, 0x29, 0x8a, 0xff}, draw.CrossGlyph{}},
}

// quantity is what a row of panels shows over the size of messages.
type quantity struct {
	name  string
	value func(Row) float64
	load  float64
}

// pictures are all files with plots, by name.
func (r *Report) pictures() (map[string][]byte, error) {
	rows := r.Rows()
	middle := 0.0
	if l := loads(rows); len(l) > 0 {
		middle = l[len(l)/2]
	}
	figures := map[string][]quantity{
		"latency": {
			{fmt.Sprintf("p50 at %.0f %% load, ms", 100*middle), func(r Row) float64 { return r.P50Ns / 1e6 }, middle},
			{fmt.Sprintf("p99 at %.0f %% load, ms", 100*middle), func(r Row) float64 { return r.P99Ns / 1e6 }, middle},
		},
		"throughput": {
			{"messages/s", func(r Row) float64 { return r.PerS }, 0},
			{"MB/s", func(r Row) float64 { return r.PerS * float64(r.SizeBytes) / 1e6 }, 0},
		},
		"cpu": {
			{"client CPU, µs", func(r Row) float64 { return r.ClientNs / 1e3 }, 0},
			{"broker CPU, µs", func(r Row) float64 { return r.BrokerNs / 1e3 }, 0},
		},
	}
	out := map[string][]byte{}
	for name, quantities := range figures {
		for _, format := range []string{"svg", "png"} {
			text, err := drawn(rows, quantities, format)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", name, format, err)
			}
			out[name+"."+format] = text
		}
	}
	return out, nil
}

// drawn has a row of panels for each quantity, a column for each concurrency, and a legend beside them. A load that a broker did
// not hold has no point.
func drawn(rows []Row, quantities []quantity, format string) ([]byte, error) {
	columns := concurrencies(rows)
	var panels [][]*plot.Plot
	for _, q := range quantities {
		var line []*plot.Plot
		for _, c := range columns {
			p, err := panel(rows, q, c)
			if err != nil {
				return nil, err
			}
			line = append(line, p)
		}
		panels = append(panels, line)
		sameScale(line)
	}
	const gap, forLegend = 4 * vg.Millimeter, 3 * vg.Centimeter
	canvas, err := draw.NewFormattedCanvas(vg.Length(len(columns))*10*vg.Centimeter+forLegend, vg.Length(len(panels))*7*vg.Centimeter, format)
	if err != nil {
		return nil, err
	}
	area := draw.New(canvas)
	area.SetColor(color.White)
	area.Fill(area.Rectangle.Path())
	drawLegend(draw.Crop(area, area.Max.X-area.Min.X-forLegend, -gap, gap, -2*gap))
	tiles := draw.Tiles{Rows: len(panels), Cols: len(columns), PadX: gap, PadY: gap, PadTop: gap, PadBottom: gap, PadLeft: gap, PadRight: gap}
	for i, line := range plot.Align(panels, tiles, draw.Crop(area, 0, -forLegend, 0, 0)) {
		for j, place := range line {
			panels[i][j].Draw(place)
		}
	}
	var b bytes.Buffer
	_, err = canvas.WriteTo(&b)
	return b.Bytes(), err
}

func drawLegend(where draw.Canvas) {
	l := plot.NewLegend()
	l.Top, l.Left, l.Padding = true, true, vg.Millimeter
	for _, b := range profile.BrokerKinds {
		line, dots := &plotter.Line{}, &plotter.Scatter{}
		style(b, line, dots)
		l.Add(b, line, dots)
	}
	l.Draw(where)
}

func style(b string, line *plotter.Line, dots *plotter.Scatter) {
	line.Color, line.Width = look[b].RGBA, vg.Points(1.2)
	dots.Color, dots.Shape, dots.Radius = look[b].RGBA, look[b].GlyphDrawer, vg.Points(3)
}

func panel(rows []Row, q quantity, concurrency int) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("concurrency %d", concurrency)
	p.X.Label.Text, p.Y.Label.Text = "size of messages", q.name
	p.Add(plotter.NewGrid())
	ticks := map[int]plot.Tick{}
	for _, b := range profile.BrokerKinds {
		var points plotter.XYs
		for _, r := range rows {
			if v := q.value(r); r.Broker == b && r.Concurrency == concurrency && r.Load == q.load && v > 0 && r.sustained() {
				points = append(points, plotter.XY{X: float64(r.SizeBytes), Y: v})
				ticks[r.SizeBytes] = plot.Tick{Value: float64(r.SizeBytes), Label: size(r.SizeBytes)}
			}
		}
		if len(points) == 0 {
			continue
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		style(b, line, dots)
		p.Add(line, dots)
	}
	if len(ticks) == 0 {
		return p, nil
	}
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Min, p.X.Max = p.X.Min/1.5, p.X.Max*1.5
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(slices.Collect(maps.Values(ticks))), powers{}
	return p, nil
}

// powers are ticks of a logarithmic scale, whose numbers have no exponent.
type powers struct{}

func (powers) Ticks(low, high float64) []plot.Tick {
	ticks := plot.LogTicks{Prec: -1}.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = strconv.FormatFloat(ticks[i].Value, 'f', -1, 64)
		}
	}
	return ticks
}

// sameScale lets panels be compared by eye: whole powers of ten around all their values.
func sameScale(line []*plot.Plot) {
	low, high := math.Inf(1), 0.0
	for _, p := range line {
		if p.Y.Min > 0 && p.Y.Max > 0 {
			low, high = min(low, p.Y.Min), max(high, p.Y.Max)
		}
	}
	if high == 0 {
		return
	}
	low, high = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)*1.0000001))
	for _, p := range line {
		if p.Y.Min > 0 && p.Y.Max > 0 {
			p.Y.Min, p.Y.Max = low, high
		}
	}
}
