package broker

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vsim/profile"
)

func TestKinds(t *testing.T) {
	got, err := Kinds([]string{"kafka", " kafka-1", "redis-list", "kafka-all"})
	if err != nil || !slices.Equal(got, []string{profile.KafkaAll, profile.KafkaOne, profile.RedisList}) {
		t.Errorf("%v, error %v", got, err)
	}
	if _, err := Kinds([]string{"rabbit"}); err == nil || !strings.Contains(err.Error(), "redis-stream") {
		t.Errorf("error %v should list the brokers", err)
	}
}

// TestRequests: those of 8 MB and more are left out, and those that a batch of Kafka cannot be cut to.
func TestRequests(t *testing.T) {
	got := fmt.Sprint(requests([]int{1_000_000, 100, 1_000_000}, []int{25, 7, 1, 8}))
	if want := "[1 of 100 B 7 of 100 B 8 of 100 B 1 of 1 MB 7 of 1 MB]"; got != want {
		t.Errorf("requests %s, want %s", got, want)
	}
}

func TestCheck(t *testing.T) {
	for want, c := range map[string]Config{
		"a message of 0 bytes":          {Sizes: []int{0}},
		"from 1 to 7999999":             {Sizes: []int{8_000_000}},
		"1001 messages in a request":    {Batches: []int{1001}},
		"the smallest request, 5 mess":  {Sizes: []int{7_000_000}, Batches: []int{5}},
		"requests of 1 messages of 1 b": {Sizes: []int{1}},
		"33 sizes or batches: at most ": {Sizes: make33()},
	} {
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", c, err, want)
		}
	}
	if err := (Config{}).Check(); err != nil {
		t.Error(err)
	}
}

func make33() (out []int) {
	for i := range 33 {
		out = append(out, 1000+i)
	}
	return out
}
