package paper

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"vsim/sim"
)

// Bounds of claims 4b and 4c: models under and over so many GFLOPs.
const (
	smallGFLOPs = 5
	largeGFLOPs = 10
)

// zooResult is a model behind the tuned server and, alone, behind an idle one, with GPU and with CPU preprocessing.
type zooResult struct {
	zooModel
	step     time.Duration // timm's, of one image
	source   string        // of step
	gpu, cpu *sim.Prediction
	idleGPU  *sim.Prediction
	idleCPU  *sim.Prediction
}

// gain is the throughput with GPU preprocessing over that with CPU preprocessing.
func (r *zooResult) gain() sim.Estimate { return RatioOf(r.gpu.ThroughputRPS, r.cpu.ThroughputRPS) }

func figure4(ctx context.Context, lab *Lab) (*Sheet, error) {
	models, err := zoo()
	if err != nil {
		return nil, err
	}
	law, err := fitTimes(models, 3)
	if err != nil {
		return nil, fmt.Errorf("zoo.csv: %w", err)
	}
	results, err := predictZoo(ctx, lab, models, law)
	if err != nil {
		return nil, err
	}
	s := &Sheet{Table: zooTable(results), Plots: zooPlots(results)}
	s.Outcomes = []Outcome{claim4a(results), claim4b(results), claim4c(results)}
	s.Notes = []string{
		fmt.Sprintf("%d models, chosen by the rule in zoo.csv, sorted by operations. Claims 4b and 4c take GPU preprocessing; the table has both.", len(results)),
		fmt.Sprintf("Times that nobody publishes are interpolated: log t = %.3f %+.3f log GMACs %+.3f log Macts (t in s an image), whose residual is a factor of %.2f.",
			law.coefficients[0], law.coefficients[1], law.coefficients[2], math.Exp(law.spread)),
		"All get JPEGs of 500x375; the time of resizing is that of 224x224 whatever a model's input, which is too short for the larger ones. Their pool of GPU memory holds as many inputs as that of 224x224.",
	}
	return s, nil
}

// predictZoo predicts each model in four ways.
func predictZoo(ctx context.Context, lab *Lab, models []zooModel, law timeLaw) ([]zooResult, error) {
	var points []Point
	results := make([]zooResult, len(models))
	for i, m := range models {
		r := zooResult{zooModel: m}
		r.step, r.source = m.step(law)
		results[i] = r
		gpu, cpu := At("fig4.toml", append(r.keys(), r.pool()...)...), At("fig4-cpu.toml", r.keys()...)
		points = append(points, gpu, cpu, atZeroLoad(gpu), atZeroLoad(cpu))
	}
	got, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	for i := range results {
		r, p := &results[i], got[4*i:]
		r.gpu, r.cpu, r.idleGPU, r.idleCPU = p[0], p[1], p[2], p[3]
	}
	slices.SortStableFunc(results, func(a, b zooResult) int { return cmp.Compare(a.GMACs, b.GMACs) })
	return results, nil
}

// keys are those of the model.
func (r *zooResult) keys() []string {
	return append(Paper().InferKeys(r.step), fmt.Sprintf("pipeline.tensor=%dB", r.TensorBytes()), fmt.Sprintf("pipeline.answer=%dB", r.AnswerBytes))
}

// pool gives large inputs a pool that holds as many as the scenario's holds of 224x224, and never less than that.
func (r *zooResult) pool() []string {
	const usual, pool = 4 * 3 * 224 * 224, 64 << 20
	if r.TensorBytes() <= usual {
		return nil
	}
	return []string{fmt.Sprintf("preprocess.memory=%dB", pool/usual*r.TensorBytes())}
}

// atZeroLoad is the point with one client, who makes few events.
func atZeroLoad(p Point) Point {
	return At(p.File, append(slices.Clip(p.Set), "workload.concurrency=1", "run.max_events=100000")...)
}

func zooTable(results []zooResult) Table {
	t := Table{Columns: []string{"model", "task", "gflops", "gmacs", "macts", "params_m", "input_height", "input_width", "time_source", "timm_step_ms",
		"gpu_throughput_rps", "cpu_throughput_rps", "gain_ratio", "gpu_zero_load_latency_ms", "cpu_zero_load_latency_ms", "gpu_not_inference_share", "cpu_not_inference_share"}}
	for i := range results {
		r := &results[i]
		t.Add(r.Name, r.Task, r.GFLOPs(), r.GMACs, r.MActs, r.ParamsM, float64(r.Height), float64(r.Width), r.source, r.step.Seconds()*1e3,
			r.gpu.ThroughputRPS.Value, r.cpu.ThroughputRPS.Value, r.gain().Value,
			1e3*r.idleGPU.LatencyS.Mean.Value, 1e3*r.idleCPU.LatencyS.Mean.Value, notInference(r.idleGPU).Value, notInference(r.idleCPU).Value)
	}
	return t
}

func zooPlots(results []zooResult) []Plot {
	gain, gpu, cpu := series("GPU over CPU preprocessing"), series("GPU preprocessing"), series("CPU preprocessing")
	byTask := map[string]*growing{}
	var names, tasks []string
	for i := range results {
		r := &results[i]
		names = append(names, r.Name)
		percent := r.gain().Times(100)
		percent = sim.Estimate{Value: percent.Value - 100, Low: percent.Low - 100, High: percent.High - 100}
		gain.add(percent)
		gpu.add(notInference(r.idleGPU).Times(100))
		cpu.add(notInference(r.idleCPU).Times(100))
		if byTask[r.Task] == nil {
			byTask[r.Task], tasks = series(r.Task), append(tasks, r.Task)
		}
		byTask[r.Task].at(r.GFLOPs(), percent)
	}
	scatter := Plot{Name: "fig4-scatter", Title: "Gain against the model's size", X: "operations of an image (GFLOPs)", Y: "throughput gained (%)", LogX: true, Kind: Scatter}
	for _, task := range tasks {
		scatter.Series = append(scatter.Series, byTask[task].Series)
	}
	const x = "model, by operations"
	return []Plot{
		{Name: "fig4-gain", Title: "Throughput gained by GPU preprocessing", X: x, Y: "throughput gained (%)", Kind: Bars, Categories: names, Series: []Series{gain.Series}},
		{Name: "fig4-share", Title: "Latency at zero load that is not inference", X: x, Y: "share of latency (%)", Kind: Bars, Categories: names, Series: []Series{cpu.Series, gpu.Series}},
		scatter,
	}
}

func claim4a(results []zooResult) Outcome {
	gains := make([]sim.Estimate, len(results))
	for i := range results {
		gains[i] = results[i].gain()
	}
	return Outcome{ID: "4a", Quantities: []Quantity{
		Gain("mean", 34, meanOf(gains)),
		Gain("smallest", -2.9, slices.MinFunc(gains, byValue)),
		Gain("largest", 104, slices.MaxFunc(gains, byValue)),
	}, Why: "throughput with GPU preprocessing over that with CPU preprocessing, of each model of the zoo behind the tuned server; gains in percent are compared as ratios"}
}

func claim4b(results []zooResult) Outcome {
	var most, least, low, high float64
	n := 0.0
	for i := range results {
		if r := &results[i]; r.GFLOPs() < smallGFLOPs {
			share := notInference(r.idleGPU)
			n++
			most, low, high = most+over(share.Value), low+over(share.Low), high+over(share.High)
			least += over(notInference(r.idleCPU).Value)
		}
	}
	q := AtLeast("models with a share above 50 %", "1", 0.5, sim.Estimate{Value: most / n, Low: low / n, High: high / n})
	q.Holds = most > n/2
	return Outcome{ID: "4b", Quantities: []Quantity{q}, Why: fmt.Sprintf(
		"latency at zero load less inference, GPU preprocessing: of %g models under %d GFLOPs, %g have a share above 50 %%; most is more than half. (With CPU preprocessing %g have.)", n, smallGFLOPs, most, least)}
}

// over is 1 where a share is above a half.
func over(share float64) float64 {
	if share > 0.5 {
		return 1
	}
	return 0
}

func claim4c(results []zooResult) Outcome {
	var gpu, cpu []sim.Estimate
	for i := range results {
		if r := &results[i]; r.GFLOPs() > largeGFLOPs {
			gpu, cpu = append(gpu, notInference(r.idleGPU)), append(cpu, notInference(r.idleCPU))
		}
	}
	return Outcome{ID: "4c", Quantities: []Quantity{
		Near("smallest share", "1", 0.16, slices.MinFunc(gpu, byValue)),
		Near("largest share", "1", 0.49, slices.MaxFunc(gpu, byValue)),
	}, Why: fmt.Sprintf("latency at zero load less inference, GPU preprocessing, of %d models over %d GFLOPs. (With CPU preprocessing %.2f to %.2f.)",
		len(gpu), largeGFLOPs, slices.MinFunc(cpu, byValue).Value, slices.MaxFunc(cpu, byValue).Value)}
}

// meanOf is the mean of values predicted independently.
func meanOf(all []sim.Estimate) sim.Estimate {
	mean, square := 0.0, 0.0
	for _, e := range all {
		mean, square = mean+e.Value, square+(e.High-e.Low)*(e.High-e.Low)/4
	}
	n := float64(len(all))
	half := math.Sqrt(square) / n
	return sim.Estimate{Value: mean / n, Low: mean/n - half, High: mean/n + half}
}
