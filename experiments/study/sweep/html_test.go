package sweep

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/sim/predict"
	"vsim/sim/report/pagetest"
)

// pageIn is the page in a folder as it is written, and what is to be read on it.
func pageIn(t *testing.T, dir string) (source, text string) {
	t.Helper()
	source = contents(t, dir)[pageFile]
	pagetest.Alone(t, source)
	return source, pagetest.Text(source)
}

const allNumbers = "Numbers with half the width of their 95 % intervals"

// The numbers on the page are those of the rows, and the sentence has the largest and the least of them.
func TestPageHasTheNumbersOfTheRows(t *testing.T) {
	file, dir := write(t, long), t.TempDir()
	opt := Options{Vary: []string{"stage.server.workers=1,2", "workload.rate=500/s,800/s,5000/s,100"}}
	into(t, file, opt, dir)
	source, text := pageIn(t, dir)
	rows, want := pagetest.Table(t, source, allNumbers), printed(t, file, opt)
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	short1 := func(x any, times float64) string {
		if x, ok := x.(float64); ok {
			return short(times * x)
		}
		return "-"
	}
	most := 0.0
	for i, row := range rows {
		set := want[i]["set"].(map[string]any)
		for k, cell := range []string{fmt.Sprint(set["stage.server.workers"]), fmt.Sprint(set["workload.rate"]), short1(want[i]["throughput_rps"], 1), "", short1(want[i]["latency_p50_s"], 1e3), short1(want[i]["latency_p99_s"], 1e3)} {
			if cell != "" && row[k] != cell {
				t.Errorf("row %d has %q, want %q", i, row[k], cell)
			}
		}
		if x, ok := want[i]["throughput_rps"].(float64); ok && want[i]["verdict"] != string(predict.Overloaded) {
			most = max(most, x)
		}
	}
	for _, said := range []string{"8 points, of which 2 take in more than can be served; 2 cannot be simulated.", "at stage.server.workers=", short(most) + " requests/s", "overloaded: no steady latency",
		"invalid: ", "across: workload.rate, down: stage.server.workers"} {
		if !strings.Contains(text, said) {
			t.Errorf("%q is not on the page", said)
		}
	}
	cells := pagetest.Table(t, source, "Throughput, requests/s; across: workload.rate, down: stage.server.workers")
	if len(cells) != 2 || cells[0][0] != "1" || cells[1][2] != threeDigits(want[5]["throughput_rps"].(float64)) || cells[1][4] != "×" {
		t.Errorf("table of colours %q", cells)
	}
}

// Names, values and files that are markup stay text.
func TestPageEscapesNames(t *testing.T) {
	const name = `<script>alert("1")<\script>`
	file := filepath.Join(t.TempDir(), "<img src=x onerror=y>.toml")
	if err := os.WriteFile(file, []byte(small), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	into(t, file, Options{Vary: []string{"name=" + name + ",<b>b</b>", "stage.server.workers=1..3"}}, dir)
	source, text := pageIn(t, dir)
	for _, want := range []string{name, "<b>b</b>", "<img src=x onerror=y>.toml"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if strings.Contains(source, "<img") || strings.Contains(source, "<b>b") {
		t.Error("a name is markup")
	}
}

// Of many points the first ones are on the page, which says so; it says why there is no picture.
func TestPageOfManyPoints(t *testing.T) {
	file, dir := write(t, small), t.TempDir()
	into(t, file, Options{Vary: []string{fmt.Sprintf("run.seed=1..%d", mostRows+5)}}, dir)
	source, text := pageIn(t, dir)
	if rows := pagetest.Table(t, source, allNumbers); len(rows) != mostRows || rows[mostRows-1][0] != fmt.Sprint(mostRows) || rows[mostRows-1][6] == "" {
		t.Errorf("%d rows, the last %q", len(rows), rows[len(rows)-1])
	}
	for _, want := range []string{"The first 300 of 305 points; rows.csv has all.", "There are no lines: no key is varied over two numbers"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// Shards have no page; what is merged has that of the single run, however often it is written.
func TestPageOfMergedShards(t *testing.T) {
	file, opt, single, merged := write(t, small), Options{Vary: []string{"stage.server.workers=1..5", "workload.rate=500/s,5000/s"}}, t.TempDir(), t.TempDir()
	into(t, file, opt, single)
	shards := shardsOf(t, file, opt, 3)
	for i := 1; i <= 3; i++ {
		if _, ok := contents(t, filepath.Join(shards, fmt.Sprint(i)))[pageFile]; ok {
			t.Errorf("shard %d has a page", i)
		}
	}
	if _, err := Merge(t.Context(), []string{shards}, merged); err != nil {
		t.Fatal(err)
	}
	want, _ := pageIn(t, single)
	if got := contents(t, merged)[pageFile]; want == "" || got != want {
		t.Errorf("the page of merged shards has %d bytes, that of the single run %d", len(got), len(want))
	}
	if n := strings.Count(want, "<figure>"); n != 2 {
		t.Errorf("%d charts", n)
	}
}

// Warnings that many points have are there once.
func TestWarningsAreCounted(t *testing.T) {
	var s said
	for i := range 2 * mostWarnings {
		s.add([]string{"same", fmt.Sprint("other ", i)})
	}
	got := s.lines()
	if len(got) != mostWarnings+1 || got[0] != "same (40 points)" || got[1] != "other 0 (1 point)" || !strings.HasPrefix(got[mostWarnings], "21 more; ") {
		t.Errorf("%q", got)
	}
}

// A page that somebody else wrote is not written over.
func TestAnotherPageIsKept(t *testing.T) {
	file, dir := write(t, small), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, pageFile), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := mustNew(t, file, Options{Vary: []string{"stage.server.workers=1,2"}}).Into(t.Context(), dir, nil)
	wantRefused(t, err, "it has report.html but no plan.json")
	if got := contents(t, dir)[pageFile]; got != "mine" {
		t.Error(got)
	}
}
