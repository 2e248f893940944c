package triton

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// oneLine wants an import of model "e" to fail at once, in one line with the given text.
func oneLine(t *testing.T, r repository, want string) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := r.importing("e", Options{Times: []string{"1ms"}})
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("gives %v, want one line with %q", err, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("does not end; want %q", want)
	}
}

// twice is a repository of nested ensembles, each of which has the next one as two steps.
func twice(levels int) repository {
	r := repository{}
	for i := range levels {
		name, next := fmt.Sprintf("e%d", i), fmt.Sprintf("e%d", i+1)
		if i == 0 {
			name = "e"
		}
		r[name] = `platform: "ensemble"` + tensors + fmt.Sprintf(`
			ensemble_scheduling {
				step { model_name: %q input_map { key: "x" value: "x" } output_map { key: "y" value: "t" } }
				step { model_name: %[1]q input_map { key: "x" value: "t" } output_map { key: "y" value: "y" } }
			}`, next)
	}
	return r
}

// 2^30 steps: ended by their number, whether or not there is a model at the bottom, and so does a circle.
func TestEnsemblesInEnsemblesEnd(t *testing.T) {
	r := twice(30)
	r["e30"] = tensors
	oneLine(t, r, "e/config.pbtxt:4: ensemble_scheduling: has more than 256 steps, those of the ensembles in it counted each time")
	delete(r, "e30")
	oneLine(t, r, "e30/config.pbtxt: cannot be read")
	r["e30"] = strings.ReplaceAll(r["e29"], `"e30"`, `"e7"`)
	oneLine(t, r, "ensemble_scheduling: is a step of itself, through e > e1 > e2")
}

// A configuration that is no regular file, or too long for one, is refused unread.
func TestConfigurationsAreRegularFiles(t *testing.T) {
	long := filepath.Join(t.TempDir(), "config.pbtxt")
	if err := os.WriteFile(long, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(long, 50<<20); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		long:         "cannot be read: it has 50 MiB, the limit is 1 MiB",
		"/dev/zero":  "cannot be read: it is a device",
		t.TempDir():  "no model lies here, NAME/config.pbtxt",
		"no/such.pb": "cannot be read: no such file or directory",
	} {
		_, err := Import(file, Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", file, err, want)
		}
	}
}

// Nothing in a configuration steers the terminal that the scenario is printed on: its comments have what faults and
// warnings quote. (Those of a run are cleaned where the command prints them.)
func TestNoControlCharacters(t *testing.T) {
	for _, text := range []string{
		"backend: \"\\x1b[31m\" version_policy { latest { } }" + tensors,
		"platform: \"\u202e\" instance_group { host_policy: \"\\x1b[2J\" }" + tensors,
	} {
		r, err := repository{"m": text}.importing("m", Options{Times: []string{"1ms"}})
		if err != nil || strings.ContainsAny(string(r.TOML), "\x1b\u202e\u009b") {
			t.Errorf("%q: %v, prints %+v", text, err, r)
		}
	}
}

// Neither a name of a megabyte nor 200,000 faults are printed whole.
func TestFaultsAreShort(t *testing.T) {
	long := strings.Repeat("b", 1_000_000)
	step := `platform: "ensemble" ensemble_scheduling { step { model_name: "x" input_map { key: "a" value: "b" } output_map { key: "a" value: "c" } } }`
	for _, text := range []string{
		long + ": 3", "name: \"" + long + "\"", "instance_group { kind: " + long + " }", "max_batch_size { " + long + " }", "max_batch_size " + long,
		strings.Replace(step, `"x"`, `"`+long+`"`, 1), strings.Replace(step, `"ensemble"`, `"`+long+`"`, 1),
		strings.Repeat("x: 3\n", 200_000), "instance_group [ " + strings.Repeat("{ x: 3 }, ", 100_000) + " { } ]",
	} {
		_, err := repository{"e": text}.importing("e", Options{})
		if err == nil || len(err.Error()) > 10_000 || strings.Count(err.Error(), "\n") > 21 {
			t.Errorf("%.40q: %.300v", text, err)
		}
	}
}
