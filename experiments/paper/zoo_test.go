package paper

import (
	"cmp"
	"math"
	"slices"
	"testing"
)

func readZoo(t *testing.T) []zooModel {
	t.Helper()
	models, err := zoo()
	if err != nil {
		t.Fatal(err)
	}
	return models
}

// Figure 4 has at least 40 models of four tasks, whose operations go from 0.1 to some 60 GMACs without large gaps.
func TestZooIsAsTheRuleSays(t *testing.T) {
	models := readZoo(t)
	if len(models) < 40 {
		t.Errorf("%d models", len(models))
	}
	tasks, names := map[string]int{}, map[string]bool{}
	for i, m := range models {
		tasks[m.Task]++
		if names[m.Name] {
			t.Errorf("%s is there twice", m.Name)
		}
		names[m.Name] = true
		if m.GMACs <= 0 || m.MActs <= 0 || m.ParamsM <= 0 || m.Height < 160 || m.Width < 160 || m.AnswerBytes <= 0 || m.Source == "" {
			t.Errorf("%+v: something is missing", m)
		}
		if i > 0 && m.GMACs > 1.6*models[i-1].GMACs || i == 0 && m.GMACs > 0.1 {
			t.Errorf("%s: %g GMACs come after a gap", m.Name, m.GMACs)
		}
	}
	if last := models[len(models)-1].GMACs; last < 60 || last > 65 {
		t.Errorf("the largest has %g GMACs", last)
	}
	for _, task := range []string{"classification", "detection", "segmentation", "depth"} {
		if tasks[task] < 2 {
			t.Errorf("%s: %d models", task, tasks[task])
		}
	}
}

// Each published time is predicted from the others: with activations it must be off by a quarter less than
// with operations alone.
func TestInterpolationBeatsOperationsAlone(t *testing.T) {
	models := slices.DeleteFunc(readZoo(t), func(m zooModel) bool { return m.ImagesPerS == 0 })
	alone, both := leftOut(t, models, 2), leftOut(t, models, 3)
	t.Logf("%d models, each left out in turn: GMACs alone are off by a factor of %.3f, with activations %.3f (root mean square of the logarithm)", len(models), math.Exp(alone), math.Exp(both))
	if both >= 0.75*alone {
		t.Errorf("log t is off by %.3f with activations, %.3f without", both, alone)
	}
}

// leftOut is the root mean square of what the law is off by, in log t, for models that it was not fitted to.
func leftOut(t *testing.T, models []zooModel, n int) float64 {
	t.Helper()
	square := 0.0
	for i, m := range models {
		law, err := fitTimes(slices.Delete(slices.Clone(models), i, i+1), n)
		if err != nil {
			t.Fatal(err)
		}
		off := math.Log(law.step(m.GMACs, m.MActs).Seconds() * m.ImagesPerS)
		square += off * off
	}
	return math.Sqrt(square / float64(len(models)))
}

// A law that made the times is found again.
func TestInterpolationFindsTheLaw(t *testing.T) {
	truth := timeLaw{coefficients: []float64{-4, 0.25, 0.7}}
	var models []zooModel
	for i := range 12 {
		m := zooModel{GMACs: math.Pow(1.5, float64(i)), MActs: 3 + float64(i*i%7)}
		m.ImagesPerS = 1 / truth.step(m.GMACs, m.MActs).Seconds()
		models = append(models, m)
	}
	law, err := fitTimes(append(models, zooModel{GMACs: 1, MActs: 1}), 3) // one without a time
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range truth.coefficients {
		if got := law.coefficients[i]; math.Abs(got-want) > 1e-4 {
			t.Errorf("coefficient %d: %g, want %g", i, got, want)
		}
	}
	if law.spread > 1e-4 {
		t.Errorf("spread %g of times that the law made", law.spread)
	}
}

// The rows stand in the order of their operations, so that a reader finds one.
func TestZooIsSorted(t *testing.T) {
	if !slices.IsSortedFunc(readZoo(t), func(a, b zooModel) int { return cmp.Compare(a.GMACs, b.GMACs) }) {
		t.Error("zoo.csv is not sorted by gmacs")
	}
}
