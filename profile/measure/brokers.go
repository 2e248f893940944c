package measure

import (
	"fmt"
	"io"
	"text/tabwriter"

	"vsim/profile"
)

// brokerRow are the stages of requests of one kind.
type brokerRow map[string]*profile.Service

// writeBrokers writes what a profile has of brokers, a line for each kind of request: of produce, deliver and fetch the mean and the
// 99th percentile, and of produce and fetch the CPU time of client and broker. What they take with more requests in flight is in
// the file only.
func writeBrokers(w io.Writer, p *profile.Profile) error {
	rows := map[profile.Key]brokerRow{}
	var order []profile.Key
	for i := range p.Services {
		s := &p.Services[i]
		if s.Broker == "" || s.SizeBytes == 0 {
			continue
		}
		k := profile.Key{Broker: s.Broker, SizeBytes: s.SizeBytes, Batch: s.Batch}
		if rows[k] == nil {
			rows[k] = brokerRow{}
			order = append(order, k)
		}
		rows[k][s.Stage] = s
	}
	if len(order) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "broker\tmessage\tbatch\tproduce\tp99\tCPU\tof broker\tdeliver\tp99\tfetch\tp99\tCPU\tof broker\t±95%%\t \t\n")
	for _, k := range order {
		r := rows[k]
		fmt.Fprintf(t, "%s\t%s\t%d\t", k.Broker, FormatMessage(k.SizeBytes), k.Batch)
		for _, stage := range []string{profile.Produce, profile.Deliver, profile.Fetch} {
			fmt.Fprintf(t, "%s\t%s\t", r.mean(stage), r.p99(stage))
			if stage != profile.Deliver {
				fmt.Fprintf(t, "%s\t%s\t", r.mean(stage+profile.ClientSuffix), r.mean(stage+profile.ServerSuffix))
			}
		}
		fmt.Fprintf(t, "%s\t%s\t\n", r.widest(), r.mark())
	}
	return t.Flush()
}

func (r brokerRow) mean(stage string) string {
	if s := r[stage]; s != nil {
		return FormatNs(s.MeanNs)
	}
	return "-"
}

func (r brokerRow) p99(stage string) string {
	if s := r[stage]; s != nil {
		return quantile(*s, 0.99)
	}
	return "-"
}

// widest is the half-width of the widest interval of the row's means, "-" where one is unknown.
func (r brokerRow) widest() string {
	worst := 0.0
	for _, s := range r {
		if s.MeanCI95Ns == [2]float64{} {
			return "-"
		}
		worst = max(worst, (s.MeanCI95Ns[1]-s.MeanCI95Ns[0])/2/s.MeanNs)
	}
	return fmt.Sprintf("%.1f%%", 100*worst)
}

func (r brokerRow) mark() string {
	for _, s := range r {
		if len(s.Warnings) > 0 {
			return "!"
		}
	}
	return " "
}
