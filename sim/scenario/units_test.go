package scenario

import (
	"encoding"
	"strings"
	"testing"
)

func TestQuantitiesReadAndWriteBack(t *testing.T) {
	cases := []struct {
		q       quantity
		text    string
		base    float64
		written string
	}{
		{new(Duration), "2ms", 2e6, "2ms"},
		{new(Duration), "0.05ms", 5e4, "50us"},
		{new(Duration), "1.5 s", 1.5e9, "1.5s"},
		{new(Duration), "5us", 5e3, "5us"},
		{new(Duration), "5µs", 5e3, "5us"},
		{new(Duration), "2min", 120e9, "120s"},
		{new(Duration), "2177001ns", 2177001, "2.177001ms"},
		{new(Duration), "0ns", 0, "0ns"},
		{new(Rate), "200/s", 200, "200/s"},
		{new(Rate), "12000/min", 200, "200/s"},
		{new(Rate), "1e3/s", 1000, "1000/s"},
		{new(Bytes), "121kB", 121e3, "121kB"},
		{new(Bytes), "24GiB", 24 << 30, "25.769803776GB"},
		{new(Bandwidth), "24GB/s", 24e9, "24GB/s"},
		{new(Bandwidth), "12.4GB/s", 12.4e9, "12.4GB/s"},
	}
	for _, c := range cases {
		if err := parseQuantity(c.text, c.q); err != nil || c.q.base() != c.base {
			t.Errorf("%q: read %v, %v; want %v", c.text, c.q.base(), err, c.base)
			continue
		}
		text, err := c.q.(encoding.TextMarshaler).MarshalText()
		if err != nil || string(text) != c.written {
			t.Errorf("%q: written as %q, %v; want %q", c.text, text, err, c.written)
		}
		if err := parseQuantity(string(text), c.q); err != nil || c.q.base() != c.base {
			t.Errorf("%q: read back from %q as %v, %v", c.text, text, c.q.base(), err)
		}
	}
}

func TestQuantitiesRefuse(t *testing.T) {
	cases := []struct {
		q    quantity
		text string
		rule string // part of the message
	}{
		{new(Duration), "2", `has no unit; write for example "2ms"`},
		{new(Duration), "2 parsecs", `"parsecs" is not a unit here (units: ns, us`},
		{new(Duration), "fast", "must be a number with a unit"},
		{new(Duration), "", "must be a number with a unit"},
		{new(Duration), "1e300h", "too large"},
		{new(Duration), "0.1ns", "is too small: it would be rounded to 0ns; write 0ns, or at least 1ns"},
		{new(Duration), "nan s", "must be a number with a unit"},
		{new(Rate), "200", `has no unit; write for example "200/s"`},
		{new(Rate), "200s", `"s" is not a unit here`},
		{new(Bytes), "24gb", `"gb" is not a unit here`},
		{new(Bandwidth), "24GB", `"GB" is not a unit here`},
	}
	for _, c := range cases {
		if err := parseQuantity(c.text, c.q); err == nil || !strings.Contains(err.Error(), c.rule) {
			t.Errorf("%T %q: error %v; want one with %q", c.q, c.text, err, c.rule)
		}
	}
}
