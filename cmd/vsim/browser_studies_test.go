package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestBrowserOfStudies has a browser read the pages of a plan and of a sweep, and take pictures of them.
func TestBrowserOfStudies(t *testing.T) {
	chromium(t)
	folder := pictures(t)
	at := func(name string) string { return filepath.Join(folder, name) }
	desks := scenarioFile(t, "desks.toml", desks)
	t.Run("plan", func(t *testing.T) {
		page := at("plan.html")
		if code, _, errOut := vsim("plan", desks, "--slo", "p99<180ms", "--vary", "stage.desk.workers=1..20", "--html", page); code != 0 {
			t.Fatal(errOut)
		}
		isRead(t, page, "vsim plan", "Objectives", "p99<180ms", "Where it stops holding", "Cost against p99", "The plan as a scenario", "stage.desk.workers")
		isFine(t, page, folder)
	})
	t.Run("sweep", func(t *testing.T) {
		out, page := t.TempDir(), at("sweep.html")
		if code, _, errOut := vsim("sweep", desks, "--set", "run.max_events=200000", "--vary", "stage.desk.workers=2..6", "--vary", "workload.rate=10/s,20/s,50/s,90/s,200/s", "-o", out); code != 0 {
			t.Fatal(errOut)
		}
		text, err := os.ReadFile(filepath.Join(out, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(page, text, 0o600); err != nil {
			t.Fatal(err)
		}
		isRead(t, page, "vsim sweep", "What was varied", "Throughput, requests/s", "99th percentile of latency", "25 points", "overloaded", "limited by")
		isFine(t, page, folder)
	})
}
