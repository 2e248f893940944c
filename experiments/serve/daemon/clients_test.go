package daemon

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"vsim/experiments/oip"
	"vsim/experiments/triton/local"
	"vsim/profile/device/native/nativetest"
)

// triton is NVIDIA's clients.
func triton(t *testing.T) local.Program {
	t.Helper()
	p, err := local.Find()
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	return p
}

// python is what Triton's packages were fetched for.
func python(t *testing.T, p local.Program) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.PythonPath(), "complete"))
	if err != nil {
		t.Fatal(err)
	}
	executable, _, _ := strings.Cut(string(text), "\n")
	return executable
}

// tritonclient over HTTP and gRPC gets the scores that the model gives in this process: of JPEG files and of tensors, one a
// request or several. A broken image fails alone, with a text that says why, and what was served is counted.
func TestTritonClient(t *testing.T) {
	p := triton(t)
	m := openModel(t)
	pictures := somePictures(t, 3)
	for _, from := range []string{"cpu", "none"} {
		t.Run("preprocessing "+from, func(t *testing.T) {
			s := start(t, Options{}, "pipeline.preprocessing="+from)
			args := []string{"testdata/clients.py", s.HTTP.String(), s.GRPC.String()}
			var want [][]float32
			for i, file := range pictures {
				in := m.tensor(t, file)
				name, data := filepath.Join(t.TempDir(), strconv.Itoa(i)+".jpg"), file
				if from == "none" {
					name, data = strings.TrimSuffix(name, "jpg")+"f32", in.Bytes()
				}
				if err := os.WriteFile(name, data, 0o644); err != nil {
					t.Fatal(err)
				}
				args, want = append(args, name), append(want, m.scores(t, in))
			}
			cmd := exec.CommandContext(t.Context(), python(t, p), args...)
			cmd.Env = append(os.Environ(), "PYTHONPATH="+p.PythonPath())
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			answers := json.NewDecoder(strings.NewReader(string(out)))
			for n := range 4 {
				var got [][]float32
				if err := answers.Decode(&got); err != nil {
					t.Fatalf("answer %d: %v in %s", n, err, out)
				}
				compareScores(t, got, want)
			}
		})
	}
}

// compareScores allows for what the order of sums differs by between sizes of batches.
func compareScores(t *testing.T, got, want [][]float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d answers, want %d", len(got), len(want))
	}
	for i := range want {
		if len(got[i]) != len(want[i]) {
			t.Fatalf("image %d: %d scores, want %d", i, len(got[i]), len(want[i]))
		}
		for k := range want[i] {
			if math.Abs(float64(got[i][k]-want[i][k])) > 1e-3 {
				t.Fatalf("image %d, class %d: %v, want %v", i, k, got[i][k], want[i][k])
			}
		}
	}
}

var counted = regexp.MustCompile(`Successful request count: (\d+)`)

// perf_analyzer drives it over HTTP and gRPC, with tensors that it makes up and with JPEG files (of an input file it takes raw contents, elements
// of BYTES with their lengths), and finds its statistics.
func TestPerfAnalyzer(t *testing.T) {
	p := triton(t)
	program := filepath.Join(p.Folder, "perf_analyzer/bin/perf_analyzer")
	if _, err := os.Stat(program); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	input := filepath.Join(t.TempDir(), "input.json")
	content := fmt.Sprintf(`{"data": [{"image": {"b64": %q}}]}`, base64.StdEncoding.EncodeToString(oip.AppendBytes(nil, somePictures(t, 1)[0])))
	if err := os.WriteFile(input, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"cpu", "none"} {
		s := start(t, Options{}, "pipeline.preprocessing="+from)
		for protocol, address := range map[string]string{"http": s.HTTP.String(), "grpc": s.GRPC.String()} {
			args := []string{"-m", s.Model, "-u", address, "-i", protocol, "--concurrency-range", "3", "--measurement-mode", "count_windows",
				"--measurement-request-count", "20", "-r", "10", "-s", "999"}
			if from == "cpu" {
				args = append(args, "--input-data", input)
			}
			out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
			found := counted.FindSubmatch(out)
			if err != nil || found == nil || string(found[1]) == "0" || strings.Contains(string(out), "rror") {
				t.Errorf("preprocessing %s, %s: %v:\n%s", from, protocol, err, out)
			}
		}
	}
}
