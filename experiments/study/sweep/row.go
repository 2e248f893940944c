package sweep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/engine/stats"
	"vsim/sim/predict"
)

// invalid is the verdict of a point whose scenario cannot be simulated; those of the others are the prediction's.
const invalid predict.Verdict = "invalid"

// Row is what a sweep keeps of a point.
type Row struct {
	Point      study.Point
	Verdict    predict.Verdict
	Numbers    []sim.Estimate // in the order of metrics; all NaN where the point is invalid
	Bottleneck string
	Reason     string // why the point is invalid, every fault on the one line
	Warnings   []string
}

// line is the row of a prediction in JSON, with the end of the line. What the run took is not in it.
func line(axes []study.Axis, at study.Point, p *sim.Prediction) []byte {
	b := head(axes, at, p.Verdict)
	for i, e := range numbers(p) {
		b = fmt.Appendf(b, `,"%s":%s,"%s_ci95":%s`, metrics[i].name, encoded(stats.Number(e.Value)), metrics[i].name,
			encoded([2]stats.Number{stats.Number(e.Low), stats.Number(e.High)}))
	}
	busy := map[string]stats.Number{}
	for i := range p.Resources {
		if r := &p.Resources[i]; !r.Unlimited {
			busy[r.Name] = stats.Number(rounded(r.Utilization.Value))
		}
	}
	b = fmt.Appendf(b, `,"utilization":%s,"bottleneck":%s,"warnings":%s`, encoded(busy), encoded(p.Bottleneck), encoded(append([]string{}, p.Warnings...)))
	return append(b, "}\n"...)
}

// invalidLine is the row of a point that cannot be simulated.
func invalidLine(axes []study.Axis, at study.Point, why error) []byte {
	b := head(axes, at, invalid)
	return fmt.Appendf(b, `,"reason":%s}`+"\n", encoded(strings.ReplaceAll(why.Error(), "\n", " | ")))
}

func head(axes []study.Axis, at study.Point, verdict predict.Verdict) []byte {
	b := fmt.Appendf(nil, `{"point":%d,"set":{`, at.Index)
	for i, a := range axes {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "%s:%s", encoded(a.Key), encodedValue(at.Values[i]))
	}
	return fmt.Appendf(b, `},"verdict":%s`, encoded(verdict))
}

// encodedValue writes a value of an axis: what is a number as one.
func encodedValue(value string) string {
	if value != "" && strings.ContainsRune("-0123456789", rune(value[0])) && json.Valid([]byte(value)) {
		return value
	}
	return encoded(value)
}

// encoded is a value in JSON, with < and > as they are.
func encoded(value any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic(err) // texts, and numbers that are finite or null
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// parse reads what line and invalidLine write for a point; it errs on any other line.
func parse(axes []study.Axis, at study.Point, text []byte) (*Row, error) {
	var fixed struct {
		Point      int                        `json:"point"`
		Set        map[string]json.RawMessage `json:"set"`
		Verdict    predict.Verdict            `json:"verdict"`
		Bottleneck string                     `json:"bottleneck"`
		Reason     string                     `json:"reason"`
		Warnings   []string                   `json:"warnings"`
	}
	var fields map[string]json.RawMessage
	if !bytes.HasSuffix(text, []byte("\n")) {
		return nil, fmt.Errorf("the line of point %d has no end", at.Index)
	}
	if err := json.Unmarshal(text, &fixed); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	mine := fixed.Point == at.Index && len(fixed.Set) == len(axes) && fixed.Verdict != ""
	for i, a := range axes {
		mine = mine && string(fixed.Set[a.Key]) == encodedValue(at.Values[i])
	}
	if !mine {
		return nil, fmt.Errorf("a line of point %d stands where point %d should", fixed.Point, at.Index)
	}
	r := &Row{Point: at, Verdict: fixed.Verdict, Bottleneck: fixed.Bottleneck, Reason: fixed.Reason, Warnings: fixed.Warnings}
	for _, m := range metrics {
		e, err := estimate(fields[m.name], fields[m.name+"_ci95"])
		if err != nil {
			return nil, fmt.Errorf("point %d, %s: %w", at.Index, m.name, err)
		}
		r.Numbers = append(r.Numbers, e)
	}
	return r, nil
}

// estimate reads a number and its interval; what is not there is unknown.
func estimate(value, interval json.RawMessage) (sim.Estimate, error) {
	if value == nil || interval == nil {
		return unknown, nil
	}
	var x stats.Number
	var ends [2]stats.Number
	if err := json.Unmarshal(value, &x); err != nil {
		return unknown, err
	}
	err := json.Unmarshal(interval, &ends)
	return sim.Estimate{Value: float64(x), Low: float64(ends[0]), High: float64(ends[1])}, err
}

// heading names the columns of rows.csv: the keys that are varied, and each number with the ends of its 95 % interval.
func heading(axes []study.Axis) []string {
	out := []string{"point"}
	for _, a := range axes {
		out = append(out, a.Key)
	}
	out = append(out, "verdict")
	for _, m := range metrics {
		out = append(out, m.name, m.name+"_low", m.name+"_high")
	}
	return append(out, "bottleneck", "reason", "warnings")
}

// cells are a row of rows.csv; what is not known is empty.
func (r *Row) cells() []string {
	out := slices.Concat([]string{strconv.Itoa(r.Point.Index)}, r.Point.Values, []string{string(r.Verdict)})
	for _, e := range r.Numbers {
		out = append(out, cell(e.Value), cell(e.Low), cell(e.High))
	}
	return append(out, r.Bottleneck, r.Reason, strings.Join(r.Warnings, " | "))
}

func cell(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
