package load

import (
	"context"
	"errors"

	"vsim/experiments/serve"
)

// inProcess is a server in this process.
type inProcess struct {
	server *serve.Server
	parts  []serve.Part
}

// InProcess makes a target of a server in this process.
func InProcess(s *serve.Server) Target { return inProcess{s, s.Parts()} }

func (t inProcess) Send(_ context.Context, r Request, reply func(Reply)) {
	t.server.Submit(serve.Request{Image: r.Image, Priority: r.Priority}, func(a serve.Reply) {
		out := Reply{Err: a.Err, Dropped: reason(a.Err), Batch: a.Batch}
		for _, p := range t.parts {
			out.Spans = append(out.Spans, Span{p.Name, p.Ns(&a.Spans)})
		}
		reply(out)
	})
}

// reason names why a queue turned a request away, in the simulator's words; "" when none did.
func reason(err error) string {
	switch {
	case errors.Is(err, serve.ErrRejected):
		return "rejected"
	case errors.Is(err, serve.ErrExpired):
		return "expired"
	}
	return ""
}
