package userfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadGivesAFileWithinTheLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.toml")
	want := []byte("0123456789")
	if err := os.WriteFile(path, want, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path, 10); err != nil || !bytes.Equal(got, want) {
		t.Errorf("Read = %q, %v", got, err)
	}
	wantFault(t, path, 9, "it has 10 bytes, the limit is 9 bytes")
}

func TestReadRefusesWhatIsNoRegularFile(t *testing.T) {
	wantFault(t, t.TempDir(), 10, "it is a folder")
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := Read(missing, 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// wantFault wants a file refused with its path and a reason.
func wantFault(t *testing.T, path string, limitBytes int64, reason string) {
	t.Helper()
	_, err := Read(path, limitBytes)
	var p *fs.PathError
	if !errors.As(err, &p) || p.Path != path || !strings.Contains(Reason(err).Error(), reason) {
		t.Errorf("error %v, want one of %s with %q", err, path, reason)
	}
}

func TestNesting(t *testing.T) {
	deep := MaxNesting
	array := func(n int) string { return "a = " + strings.Repeat("[", n) + strings.Repeat("]", n) }
	inline := func(n int) string {
		return "a = " + strings.Repeat("{a = ", n) + "1" + strings.Repeat("}", n)
	}
	dotted := func(n int) string { return strings.Repeat("a.", n) + "a = 1" }
	for name, text := range map[string]string{
		"empty":               "",
		"floats in an array":  "a = [" + strings.Repeat("1.5, ", 1000) + "2.5]",
		"tables":              strings.Repeat("[a.b]\nc.d = 1.5\n", 1000),
		"arrays of tables":    strings.Repeat("[[a.b]]\n", 1000),
		"inline tables":       "a = [" + strings.Repeat("{b.c = 1.5},", 1000) + "]",
		"deepest array":       array(deep),
		"deepest inline":      inline(deep),
		"deepest key":         dotted(deep),
		"in a string":         `a = "` + strings.Repeat("[", 1000) + `"`,
		"behind an escape":    `a = "\"` + strings.Repeat("[", 1000) + `"`,
		"in a literal string": `a = '\'` + "\n" + `b = '` + strings.Repeat("{", 1000) + `'`,
		"in a long string":    "a = \"\"\"\"\n" + strings.Repeat("[.", 1000) + "\"\\\"\"\"\"\"\"",
		"in a long literal":   "a = '''\n" + strings.Repeat("[.", 1000) + "''''",
		"in a comment":        "a = 1 # " + strings.Repeat("[", 1000) + "\nb = 2",
		"in a quoted key":     `"` + strings.Repeat("a.", 1000) + `" = 1`,
	} {
		if err := CheckNesting([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"array":                      array(deep + 1),
		"inline table":               inline(deep + 1),
		"dotted key":                 dotted(deep + 1),
		"header":                     "[" + strings.Repeat("a.", deep) + "a]",
		"quoted parts":               strings.Repeat(`"a" . `, deep+1) + "a = 1",
		"key and array":              strings.Repeat("a.", deep/2) + array(deep/2+1),
		"keys in inline tables":      strings.Repeat("a.a.a.a.a.a.a.a = {", deep/8+1),
		"behind an empty string":     `a = ""` + "\nb" + array(deep + 1)[1:],
		"behind a long empty string": `a = """"""` + "\nb" + array(deep + 1)[1:],
		"behind a long string":       "a = '''x'''\nb" + array(deep + 1)[1:],
		"behind a comment":           "# '\nb" + array(deep + 1)[1:],
		"behind an open string":      "a = 'x\nb" + array(deep + 1)[1:],
		"over lines":                 "a = " + strings.Repeat("[\n", deep+1),
	} {
		if err := CheckNesting([]byte(text)); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
