package broker

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"vsim/profile/measure"
)

func TestTry(t *testing.T) {
	kinds := strings.Split(os.Getenv("TRY"), ",")
	cfg := Config{Brokers: kinds, Sizes: QuickSizes}
	cfg.Budget = 20 * time.Second
	if b := os.Getenv("BUDGET"); b != "" {
		cfg.Budget, _ = time.ParseDuration(b)
	}
	began := time.Now()
	b, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	fmt.Println("opened", time.Since(began))
	if err := b.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	p := b.Profile()
	measure.WriteTable(os.Stdout, p)
	for _, s := range p.Services {
		fmt.Println(s.Stage, s.Broker, s.SizeBytes, s.Batch, s.N, s.Warnings)
	}
	fmt.Println(p.Provenance)
	p.Save("/tmp/try-" + os.Getenv("TRY") + ".toml")
}
