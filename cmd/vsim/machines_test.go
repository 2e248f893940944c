package main

import (
	"encoding/json"
	"strings"
	"testing"

	"vsim/hardware"
)

// TestMachines: every machine that commands take by name is listed, as a table and as JSON.
func TestMachines(t *testing.T) {
	code, table, errOut := vsim("machines")
	if code != 0 || errOut != "" {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	_, text, _ := vsim("machines", "--json")
	var rows []machineRow
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(hardware.Machines()) {
		t.Errorf("%d machines of %d", len(rows), len(hardware.Machines()))
	}
	for _, r := range rows {
		if !strings.Contains(table, "\n"+r.Name+" ") || r.Cores == 0 || r.About == "" {
			t.Errorf("%+v", r)
		}
	}
}
