package scenario

import (
	"errors"
	"os"
	"testing"

	"vsim/hardware"
)

// FuzzParse wants a valid scenario or an InputError from any text, never a panic; and what is valid
// must print and read back.
func FuzzParse(f *testing.F) {
	for _, name := range hardware.Machines() {
		text, _ := hardware.Machine(name)
		f.Add(string(text), "workload.rate=5/s")
	}
	faulty, err := os.ReadFile("testdata/faulty.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(faulty), "a.b.c=1")
	f.Add("[[stage]]\nname='a'\nservice={dist='empirical',probabilities=[0,0.5,1],quantiles=['0s','1ms','2ms']}", "stage.a.workers=0")
	f.Add("[[stage]]\nname='a'\nservice={dist='uniform',min='1ms',max='2ms'}\n[workload]\ngap='1ms'", "stage.0=3")
	f.Add("[[stage]]\nname='a'\nservice='1ms'\nmax_batch=4\nallowed_batch_sizes=[1,4]", "stage.a.max_batch=8")
	f.Add("pipeline=[1,{}]\nworkload=1\nstage=[1]\nresource={}\nhardware=[]\n\"a.b\"=1", "stage.0.x=")
	f.Fuzz(func(t *testing.T, text, set string) {
		s, err := Parse("fuzz.toml", []byte(text), Options{Set: []string{set}})
		if err != nil {
			var input *InputError
			if !errors.As(err, &input) || len(input.Faults) == 0 {
				t.Fatalf("error %v is no InputError with faults", err)
			}
			return
		}
		printed := s.TOML()
		if _, err := Parse("fuzz.toml", printed, Options{}); err != nil {
			t.Fatalf("valid, but not as printed: %v\n%s", err, printed)
		}
	})
}
