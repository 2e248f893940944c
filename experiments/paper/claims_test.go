package paper

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"vsim/sim"
)

// figuresOnce predicts all figures as vsim experiment all does, once for all tests of this package: some three minutes of CPU.
var figuresOnce = sync.OnceValues(func() (*Report, error) { return All(context.Background(), &Lab{}, Figures()) })

// deviations are the claims that DEVIATIONS.md says do not hold: a row or paragraph there begins with the claim.
func deviations(t *testing.T) (ids []string) {
	t.Helper()
	text, err := os.ReadFile("../DEVIATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`(?mi)^[|*#\- ]*claim (\d+[a-z])\b`).FindAllStringSubmatch(string(text), -1) {
		ids = append(ids, found[1])
	}
	return ids
}

// TestClaims asks every claim of the paper of the simulator: a subtest for each, by its id. One that does not hold stands in DEVIATIONS.md
// with the reason, and one that stands there does not hold.
func TestClaims(t *testing.T) {
	if testing.Short() {
		t.Skip("predicts all figures")
	}
	r, err := figuresOnce()
	if err != nil {
		t.Fatal(err)
	}
	known := deviations(t)
	found := map[string]int{}
	for _, result := range r.Results {
		for _, o := range result.Outcomes {
			found[o.ID]++
		}
	}
	for _, c := range Claims {
		t.Run(c.ID, func(t *testing.T) {
			if found[c.ID] != 1 {
				t.Fatalf("%d figures evaluate it", found[c.ID])
			}
			i := slices.IndexFunc(r.Outcomes(), func(o Outcome) bool { return o.ID == c.ID })
			o := r.Outcomes()[i]
			t.Logf("%s: paper %s", c.Claim, c.Paper)
			for _, q := range o.Quantities {
				t.Logf("  %s: paper %s, predicted %s, holds: %v", q.Name, q.paper(), q.predicted(), q.Holds)
			}
			switch listed := slices.Contains(known, c.ID); {
			case !o.Holds() && !listed:
				t.Error("it does not hold, and DEVIATIONS.md does not say why")
			case o.Holds() && listed:
				t.Error("it holds, and DEVIATIONS.md says that it does not")
			}
		})
	}
}

// TestClaimsAreThoseOfThePaper: 37, of which 31 are predicted, each id once.
func TestClaimsAreThoseOfThePaper(t *testing.T) {
	const want = "3a 3b 3c 3d 3e 3f 3g 3h 4a 4b 4c 5a 5b 5c 5d 5e 5f 6a 6b 6c 6d 7a 7b 7c 7d 8a 8b 8c 9a 9b 9c 9d 11a 11b 11c 11d 11e"
	var ids []string
	var n Tally
	for _, c := range Claims {
		ids = append(ids, c.ID)
		if c.Fitted() {
			n.Fitted++
		} else {
			n.Pred++
		}
	}
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("%s", got)
	}
	if n.Pred != 31 {
		t.Errorf("%d are predicted, %d fitted", n.Pred, n.Fitted)
	}
	for _, id := range deviations(t) {
		if !slices.Contains(ids, id) {
			t.Errorf("DEVIATIONS.md: the paper has no claim %s", id)
		}
	}
	for _, f := range Fitted() {
		for _, found := range regexp.MustCompile(`\d+[a-z]\b`).FindAllString(f.To, -1) {
			if !slices.Contains(ids, found) || !claimOf(found).Fitted() {
				t.Errorf("%s is fitted to %s, which is no claim that may be fitted to", f.Name, found)
			}
		}
	}
}

// TestJSON: the claims have the keys that the issue names; what is not known is null.
func TestJSON(t *testing.T) {
	r := Report{Results: []Result{{Figure{Name: "fig7"}, &Sheet{Outcomes: []Outcome{
		{"7a", []Quantity{Near("ratio", "1", 0.195, sim.Estimate{Value: 0.2, Low: 0.19, High: math.Inf(1)})}, ""},
		{"7b", []Quantity{More("small", sim.Estimate{Value: 2, Low: 1.5, High: 2.5}), Less("medium", sim.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()})}, "why"},
		{"3a", []Quantity{Near("throughput", "img/s", 431, sim.Estimate{Value: 431, Low: 431, High: 431})}, ""},
	}}}}}
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var doc struct{ Claims []map[string]any }
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil || len(doc.Claims) != 3 {
		t.Fatalf("%v: %s", err, b.String())
	}
	for _, c := range doc.Claims {
		for _, key := range []string{"id", "claim", "use", "paper", "predicted", "interval", "holds"} {
			if _, ok := c[key]; !ok {
				t.Errorf("%v has no %q", c["id"], key)
			}
		}
	}
	fitted, ratio, both := doc.Claims[0], doc.Claims[1], doc.Claims[2]
	if fitted["id"] != "3a" || fitted["use"] != "cal" || fitted["holds"] != true || fitted["parts"] != nil {
		t.Errorf("%v", fitted)
	}
	if ratio["predicted"] != 0.2 || ratio["interval"] != nil || ratio["holds"] != true {
		t.Errorf("%v", ratio)
	}
	parts, _ := both["parts"].([]any)
	if both["predicted"] != 2.0 || both["holds"] != false || len(parts) != 2 {
		t.Fatalf("%v", both)
	}
	if last := parts[1].(map[string]any); last["predicted"] != nil || last["paper"] != nil || last["interval"] != nil || last["holds"] != false || last["name"] != "medium" {
		t.Errorf("%v", last)
	}
}

// TestText: the table is short, the claims have their numbers, and no line ends in blanks.
func TestText(t *testing.T) {
	s := &Sheet{Notes: []string{strings.Repeat("many words ", 30)}, Outcomes: []Outcome{{"3a", []Quantity{Near("throughput", "img/s", 431, sim.Estimate{Value: 431, Low: 420, High: 440})}, "as it is"},
		{"7b", []Quantity{More("small image", sim.Estimate{Value: 2, Low: 1.5, High: 2.5}), Near("time", "s", 0.003, sim.Estimate{Value: 0.0031, Low: 0.0031, High: 0.0031})}, ""}}}
	s.Table.Columns = []string{"n", "throughput_rps"}
	for i := range 45 {
		s.Table.Add(string(rune('a'+i%26)), 1000*float64(i))
	}
	r := Report{Results: []Result{{Figure{Name: "fig7", Title: "Title"}, s}}, Elsewhere: "on cpu.toml"}
	var b bytes.Buffer
	if err := r.Text(&b, &r.Results[0]); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"fig7: Title, on cpu.toml, not the paper's machine\n", "and 15 rows more", "431 (420 to 440) img/s", "yes, fitted", "- small image", "2.00 (1.50 to 2.50) times", "3.00 ms", "3.10 ms", "  3a  as it is"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	for line := range strings.Lines(b.String()) {
		if strings.HasSuffix(line, " \n") || len(line) > 160 {
			t.Errorf("%q", line)
		}
	}
}

// TestCSV: six digits, empty where nothing is known, and a row that does not fit is refused.
func TestCSV(t *testing.T) {
	table := Table{Columns: []string{"name", "x", "n"}}
	table.Add("a,b", 1234567.8, 3)
	table.Add("c", math.NaN(), true)
	table.Add("d", 0.000012345678, "")
	table.Add("e", 0.1+0.2, "")
	text, err := table.CSV()
	if want := "name,x,n\n\"a,b\",1234570,3\nc,,true\nd,1.23457e-05,\ne,0.3,\n"; err != nil || string(text) != want {
		t.Errorf("%v: %q", err, text)
	}
	table.Add("short")
	if _, err := table.CSV(); err == nil || !strings.Contains(err.Error(), "row 5 has 1 cells for 3 columns") {
		t.Error(err)
	}
}
