package compile

import (
	"fmt"
	"testing"
)

// A CPU has run queues where its workers are more than its cores, and none where there is a worker for everybody or jobs take
// several cores.
func TestRunQueuesWhereWorkersAreMoreThanCores(t *testing.T) {
	const stage = "[[stage]]\nname = %q\n%s\nsteps = [{name = %[1]q, resource = \"cpu\", service = \"1ms\"%[3]s}]\n"
	for _, c := range []struct {
		stages string
		want   bool
	}{
		{fmt.Sprintf(stage, "a", "workers = 2", ""), false},
		{fmt.Sprintf(stage, "a", "workers = 3", ""), true},
		{fmt.Sprintf(stage, "a", "workers = 2", "") + fmt.Sprintf(stage, "b", "workers = 1", ""), true},
		{fmt.Sprintf(stage, "a", "workers = 0", ""), false},
		{fmt.Sprintf(stage, "a", "workers = 3", "") + fmt.Sprintf(stage, "b", "workers = 0", ""), false},
		{fmt.Sprintf(stage, "a", "workers = 3", ", cores = 2"), false},
		{fmt.Sprintf(stage, "a", "workers = 65", ""), false},
	} {
		sys := mustBuild(t, "[[resource]]\nname = \"cpu\"\ntype = \"cpu\"\ncapacity = 2\n[workload]\nconcurrency = 4\n"+c.stages, nil).System
		if got := sys.Resources[0].PerCore; got != c.want {
			t.Errorf("run queues %v, want %v:\n%s", got, c.want, c.stages)
		}
	}
}
