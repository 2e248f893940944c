package serve

import (
	"context"
	"time"
)

// Send is Submit for clients that may hang up: when ctx ends while the request waits, it leaves its queue and is answered with
// ErrCanceled; one that is in a batch is answered with it.
func (s *Server) Send(ctx context.Context, r Request, done func(Reply)) {
	var forget func() bool
	var expires *time.Timer
	in := s.newRequest(&r, func(reply Reply) {
		forget()
		if expires != nil {
			expires.Stop()
		}
		done(reply)
	})
	forget = context.AfterFunc(ctx, func() { s.withdraw(in, ErrCanceled) })
	if timeout := s.timeout(in, r.Timeout); timeout > 0 {
		expires = time.AfterFunc(timeout, func() { s.withdraw(in, ErrExpired) })
	}
	s.submit(in)
}

// timeout is the longest that a request of its own timeout may wait, 0 where the queue alone says: as in Triton, a request has its way only
// where its level allows it (allow_timeout_override), and only with less patience than the level's; a level that serves the late
// ones after all others (timeout_action DELAY) rejects none.
func (s *Server) timeout(in *request, own time.Duration) time.Duration {
	if !s.timeouts || own <= 0 || s.levelDefers(in.level) {
		return 0
	}
	if most := s.levelTimeout(in.level); most > 0 && own >= most {
		return 0
	}
	return own
}

func (s *Server) levelDefers(level int) bool {
	return level < len(s.rule.Queues) && s.rule.Queues[level].Defer && s.rule.Queues[level].Timeout > 0
}

func (s *Server) levelTimeout(level int) time.Duration {
	if level < len(s.rule.Queues) {
		return s.rule.Queues[level].Timeout
	}
	return 0
}

// withdraw takes a request out of the queue in which it waits. One that is being decoded leaves when that is done.
func (s *Server) withdraw(r *request, why error) {
	if !r.withdrawn.CompareAndSwap(nil, &why) {
		return
	}
	if s.preprocess != nil {
		s.preprocess.remove(r, why)
	}
	s.inference.remove(r, why)
}

// gone says why a request no longer wants to be served; nil while it does.
func (r *request) gone() error {
	if why := r.withdrawn.Load(); why != nil {
		return *why
	}
	return nil
}
