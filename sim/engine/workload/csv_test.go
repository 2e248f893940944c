package workload

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"vsim/sim/engine/event"
)

var names = []string{"small", "medium", "large"}

func TestReadTrace(t *testing.T) {
	for _, c := range []struct {
		text    string
		times   []event.Time
		classes []int32
	}{
		{"time_s\n0\n0.25\n1e1\n12.345678901\n", []event.Time{0, 25e7, 10e9, 12_345_678_901}, nil},
		{"time_ms\n0.1\n0.1\n2.0000004", []event.Time{1e5, 1e5, 2_000_000}, nil},
		{"time_us\n0.0015\n4503599627370.495\n", []event.Time{2, 4503599627370495}, nil},
		{"time_ns\n9007199254740991\n9007199254740992\n", []event.Time{maxTime - 1, maxTime}, nil},
		{"class,time_s\nlarge,1\nsmall,2\n", []event.Time{1e9, 2e9}, []int32{2, 0}},
		{"# measured in May\r\n\"time_s\", class\r\n1, \"medium\"\r\n\r\n# later\r\n1, large\r\n", []event.Time{1e9, 1e9}, []int32{1, 2}},
		{"\ufefftime_s,class\n3,small", []event.Time{3e9}, []int32{0}},
	} {
		trace, err := ReadTrace(strings.NewReader(c.text), names)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		}
		if !slices.Equal(trace.Times, c.times) || !slices.Equal(trace.Classes, c.classes) {
			t.Errorf("%q: got %v %v, want %v %v", c.text, trace.Times, trace.Classes, c.times, c.classes)
		}
	}
}

func TestBadCSVIsAnError(t *testing.T) {
	const others = "want one of time_s, time_ms, time_us and time_ns, at most one class, and no others"
	for text, want := range map[string]string{
		"":                                   `it is empty: want a header such as "time_s,class" and a line for each arrival`,
		"# nothing\n":                        "it is empty",
		"class\nsmall\n":                     "the header has no time: want a column time_s, time_ms, time_us or time_ns",
		"\n\ntime\n1\n":                      `line 3: column "time": ` + others,
		"1.5\n2.5\n":                         `line 1: column "1.5": ` + others,
		"time_s,time_ms\n":                   `line 1: column "time_ms": ` + others,
		"time_s,class,class\n":               `line 1: column "class": ` + others,
		"time_s\n":                           "no line after the header: want an arrival on each",
		"time_s\n1\n\n2,small\n":             "line 4: 2 fields: want 1 as in the header",
		"time_s,class\n1\n":                  "line 2: 1 fields: want 2 as in the header",
		"time_s\nsoon\n":                     `line 2: time_s: "soon": want a number`,
		"class,time_s\nsmall,\n":             `line 2: time_s: "": want a number`,
		"time_s\nNaN\n":                      `line 2: time_s: "NaN": want 0 to 9007199 from the start of the run (104 days)`,
		"time_s\ninf\n":                      `line 2: time_s: "inf": want 0 to`,
		"time_ms\n0\n-1\n":                   `line 3: time_ms: "-1": want 0 to 9.007199e+09 from`,
		"time_s\n1764028800\n":               `line 2: time_s: "1764028800": want 0 to 9007199 from the start of the run (104 days); where time counts from another moment, subtract the first`,
		"time_ns\n9007199254740994\n":        `line 2: time_ns: "9007199254740994": want 0 to`,
		"time_s\n2\n1.5\n":                   `line 3: time_s: "1.5" is before the line above: want times that do not fall; sort the lines`,
		"time_s,class\n1,small\n\n2,Large\n": `line 4: class: "Large": want one of small, medium, large`,
		"time_s,class\n1,\n":                 `line 2: class: "": want one of`,
		"time_s\n\"1\n":                      "line 2",
	} {
		_, err := ReadTrace(strings.NewReader(text), names)
		if err == nil || !strings.HasPrefix(err.Error(), "workload: trace: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one that says %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: the error has several lines: %v", text, err)
		}
	}
}

// A file that cannot be read to its end is no trace.
func TestReadErrorIsAnError(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := ReadTrace(io.MultiReader(strings.NewReader("time_s\n1\n"), iotestErr{broken}), names)
	if !errors.Is(err, broken) {
		t.Errorf("got error %v", err)
	}
}

type iotestErr struct{ error }

func (e iotestErr) Read([]byte) (int, error) { return 0, e.error }

// Whatever goes in, there is an error of one line or a trace that can be replayed and written out again.
func FuzzReadTrace(f *testing.F) {
	f.Add("time_s,class\n0.5,small\n1,large\n")
	f.Add("# x\n\ufefftime_ms\n 1e3 \n\"2\"\n")
	f.Add("class,time_ns\nmedium,9007199254740992\n")
	f.Fuzz(func(t *testing.T, text string) {
		trace, err := ReadTrace(strings.NewReader(text), names)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: the error has several lines: %v", text, err)
			}
			return
		}
		if last := trace.Times[len(trace.Times)-1]; last > 0 {
			replayed(t, trace)
		}
		var out strings.Builder
		out.WriteString("time_ns,class\n")
		for i, at := range trace.Times {
			class := names[0]
			if trace.Classes != nil {
				class = names[trace.Classes[i]]
			}
			fmt.Fprintf(&out, "%d,%s\n", at, class)
		}
		again, err := ReadTrace(strings.NewReader(out.String()), names)
		if err != nil || !slices.Equal(again.Times, trace.Times) || trace.Classes != nil && !slices.Equal(again.Classes, trace.Classes) {
			t.Errorf("%q: read again, it is %+v, %v, not %+v", text, again, err, trace)
		}
	})
}
