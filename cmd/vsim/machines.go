package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vsim/hardware"
	"vsim/sim/report"
	"vsim/sim/scenario"
)

// machineRow is what vsim machines says of one.
type machineRow struct {
	Name         string   `json:"name"` // by which commands take it
	About        string   `json:"about"`
	Cores        int      `json:"cores"`
	GPUs         int      `json:"gpus"`
	GPU          string   `json:"gpu,omitempty"` // its model
	PricePerHour *float64 `json:"price_per_hour"`
	Currency     string   `json:"currency,omitempty"`
	PriceDate    string   `json:"price_date,omitempty"`
}

func newMachines() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "machines",
		Short: "List the machines that vsim knows by name",
		Long: `List the machines that every command takes by name in place of a file, with their cores, GPUs and
price an hour. vsim simulate NAME --print shows all of one, where its figures and its price come from.`,
		Example: `  vsim machines
  vsim machines --json
  vsim simulate aws-g6-xlarge --print`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			rows, err := machineRows()
			if err != nil {
				return err
			}
			if asJSON {
				out := json.NewEncoder(cmd.OutOrStdout())
				out.SetEscapeHTML(false)
				out.SetIndent("", "  ")
				return out.Encode(rows)
			}
			return writeMachines(cmd.OutOrStdout(), rows)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of a table")
	return cmd
}

func machineRows() (rows []machineRow, err error) {
	for _, name := range hardware.Machines() {
		s, err := scenario.Load(name, scenario.Options{})
		if err != nil {
			return nil, err
		}
		row := machineRow{Name: name, About: s.HardwareName(), Cores: s.CPU.Cores, GPUs: s.GPU.Count, GPU: s.GPU.Model}
		if p := s.Price; p != nil {
			row.PricePerHour, row.Currency, row.PriceDate = &p.PerHour, p.Currency, p.Date
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func writeMachines(w io.Writer, rows []machineRow) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "name\tcores\tGPUs\tan hour\tas of\twhat it is")
	for _, r := range rows {
		gpus, price := "-", "-"
		if r.GPUs > 0 {
			gpus = strconv.Itoa(r.GPUs)
		}
		if r.PricePerHour != nil {
			price = report.Money(*r.PricePerHour, r.Currency)
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\n", r.Name, r.Cores, gpus, price, r.PriceDate, r.About)
	}
	return t.Flush()
}
