package front

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip"
)

// held sends a request that keeps the worker busy until letGo, and waits until it does.
func held(t *testing.T, f *fake, c oip.Client) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		a, err := c.Infer(context.Background(), request(-1, 1, 2))
		if err == nil && floats(a.RawOutputContents[1])[0] != -1 {
			err = fmt.Errorf("wrong answer %v", a)
		}
		done <- err
	}()
	until(t, "the worker has the request", f.held.Load)
	return done
}

func TestAClientThatHangsUpTakesItsRequestAlongAndNoOther(t *testing.T) {
	both(t, Limits{}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		first := held(t, f, c)
		ctx, hangUp := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() { _, err := c.Infer(ctx, request(1, 1, 2)); gone <- err }()
		until(t, "the second waits", func() bool { return f.waits() == 1 })
		third := make(chan error, 1)
		go func() { _, err := c.Infer(t.Context(), request(2, 1, 2)); third <- err }()
		until(t, "the third waits", func() bool { return f.waits() == 2 })
		hangUp()
		wantCode(t, <-gone, codes.Canceled)
		until(t, "the second has left", func() bool { return f.waits() == 1 })
		f.letGo()
		for _, answered := range []<-chan error{first, third} {
			if err := <-answered; err != nil {
				t.Error(err)
			}
		}
		until(t, "all are answered", func() bool { return f.answered.Load() == 3 })
		if st := f.Statistics(); st.InferenceStats.Success.Count != 2 || st.InferenceStats.Fail.Count != 1 || st.ExecutionCount != 2 {
			t.Error(st)
		}
		until(t, "the gate is empty", func() bool {
			s.gate.mutex.Lock()
			defer s.gate.mutex.Unlock()
			return s.gate.requests == 0 && s.gate.memory == 0
		})
	})
}

func TestShutdownAnswersWhoIsInAndRefusesWhoComes(t *testing.T) {
	both(t, Limits{}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		first := held(t, f, c)
		second := make(chan error, 1)
		go func() { _, err := c.Infer(t.Context(), request(1, 1, 2)); second <- err }()
		until(t, "the second waits", func() bool { return f.waits() == 1 })
		ended := make(chan error, 1)
		go func() { ended <- s.Shutdown(t.Context()) }()
		until(t, "the server is not ready", func() bool { return c.Ready(t.Context()) != nil })
		select {
		case err := <-ended:
			t.Errorf("it has ended (%v) before its answers", err)
		default:
			_, err := c.Infer(t.Context(), request(0, 1, 2))
			wantCode(t, err, codes.Unavailable)
		}
		f.letGo()
		for _, err := range []error{<-first, <-second, <-ended} {
			if err != nil {
				t.Error(err)
			}
		}
		wantCode(t, c.Ready(t.Context()), codes.Unavailable)
		if n := f.answered.Load(); n != 2 {
			t.Errorf("%d answers of the model, want 2", n)
		}
	})
}

func TestShutdownCutsOffWhatTakesTooLong(t *testing.T) {
	both(t, Limits{}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		first := held(t, f, c)
		second := make(chan error, 1)
		go func() { _, err := c.Infer(t.Context(), request(1, 1, 2)); second <- err }()
		until(t, "the second waits", func() bool { return f.waits() == 1 })
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := s.Shutdown(ctx); err != context.DeadlineExceeded {
			t.Errorf("%v, want %v", err, context.DeadlineExceeded)
		}
		for _, err := range []error{<-first, <-second} {
			wantCode(t, err, codes.Unavailable)
		}
		until(t, "the second has left", func() bool { return f.waits() == 0 })
		f.letGo()
		until(t, "the model has answered all", func() bool { return f.answered.Load() == 2 })
		if n := f.Statistics().InferenceStats.Fail.Count; n != 1 {
			t.Errorf("%d failed: want the one that waited, whose context is done", n)
		}
	})
}

func TestOverloadIsRefusedAtOnce(t *testing.T) {
	both(t, Limits{Requests: 2, Memory: 1 << 20}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		first := held(t, f, c)
		second := make(chan error, 1)
		go func() { _, err := c.Infer(t.Context(), request(1, 1, 2)); second <- err }()
		until(t, "the second waits", func() bool { return f.waits() == 1 })
		_, err := c.Infer(t.Context(), request(0, 1, 2))
		wantCode(t, err, codes.Unavailable, "Exceeds maximum queue size: the server holds 2 requests")
		if err := c.Ready(t.Context()); err != nil {
			t.Error("questions are answered under overload: ", err)
		}
		f.letGo()
		for _, err := range []error{<-first, <-second} {
			if err != nil {
				t.Error(err)
			}
		}
		r := request(0, 1, 2)
		r.Id = strings.Repeat("a", 1<<20)
		_, err = c.Infer(t.Context(), r)
		wantCode(t, err, codes.Unavailable, "Exceeds maximum queue size: the requests in the server hold")
		if _, err := c.Infer(t.Context(), request(0, 1, 2)); err != nil {
			t.Error("after overload: ", err)
		}
	})
	both(t, Limits{}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		f.limit = 0
		_, err := c.Infer(t.Context(), request(0, 1, 2))
		wantCode(t, err, codes.Unavailable, "Exceeds maximum queue size")
	})
}

func TestBodiesOverTheLimitAreRefused(t *testing.T) {
	both(t, Limits{Body: 1 << 16}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		r := request(0, 1, 2)
		r.Id = strings.Repeat("a", 1<<18)
		if _, err := c.Infer(t.Context(), r); err == nil || f.asked.Load() != 0 {
			t.Errorf("%v, and the model was asked %d times", err, f.asked.Load())
		}
		if _, err := c.Infer(t.Context(), request(0, 1, 2)); err != nil {
			t.Error("after it: ", err)
		}
	})
}

// raws opens a connection of TCP to HTTP.
func raws(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.HTTPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

func TestSlowClientsAreCutOff(t *testing.T) {
	f := newFake(t)
	s := start(t, f, Limits{Read: 100 * time.Millisecond, Requests: 1})
	slow := raws(t, s)
	fmt.Fprintf(slow, "POST /v2/models/add/infer HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n{", len(goodJSON))
	a, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil || a.StatusCode != http.StatusBadRequest {
		t.Errorf("a body that does not come: %v, %v", a, err)
	}
	headers := raws(t, s)
	fmt.Fprint(headers, "POST /v2/models/add/infer HTTP/1.1\r\nHost:")
	if _, err := io.ReadAll(headers); err != nil {
		t.Errorf("headers that do not come: %v, want the connection closed", err)
	}
	until(t, "the place is free", func() bool {
		code, _ := ask(t, "POST", "http://"+s.HTTPAddr().String()+"/v2/models/add/infer", strings.NewReader(goodJSON))
		return code == 200
	})
	if n := f.asked.Load(); n != 1 {
		t.Errorf("the model was asked %d times", n)
	}
}

// TestAnswersMayTakeLongerThanReading sends more than one request, since a busy machine may be late with one of them.
func TestAnswersMayTakeLongerThanReading(t *testing.T) {
	both(t, Limits{Read: 200 * time.Millisecond, Write: 200 * time.Millisecond, Idle: time.Minute}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		for range 20 {
			if _, err := c.Infer(t.Context(), request(300, 1, 2)); err == nil {
				return
			}
		}
		t.Error("no request was answered")
	})
}

func TestLargeHeadersAreRefused(t *testing.T) {
	c := raws(t, start(t, newFake(t), Limits{Header: 1 << 10}))
	fmt.Fprintf(c, "GET /v2 HTTP/1.1\r\nHost: a\r\nA: %s\r\n\r\n", strings.Repeat("a", 6<<10))
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || a.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%v, %v: want status %d", a, err, http.StatusRequestHeaderFieldsTooLarge)
	}
}

// TestACrowd is for the race detector: clients of both transports, of which some hang up and some send what is broken.
func TestACrowd(t *testing.T) {
	f := newFake(t)
	f.limit = 20
	s := start(t, f, Limits{Requests: 30})
	var answers, refusals, hungUp atomic.Int64
	var crowd sync.WaitGroup
	const clients, each = 40, 25
	for i := range clients {
		c := dial(t, s.addresses()[[]string{"HTTP", "gRPC"}[i%2]])
		crowd.Go(func() {
			for j := range each {
				ctx, cancel := context.WithCancel(t.Context())
				if (i+j)%7 == 0 {
					time.AfterFunc(time.Duration(j)*200*time.Microsecond, cancel)
				}
				sign := float32(1)
				if (i+j)%11 == 0 {
					sign = -1
				}
				id := float32(i*each + j)
				a, err := c.Infer(ctx, request(0.1, sign, id))
				switch {
				case err == nil && floats(a.RawOutputContents[0])[2] != id+1:
					t.Errorf("the answer of another: %v", a)
				case err == nil:
					answers.Add(1)
				case status.Code(err) == codes.Canceled:
					hungUp.Add(1)
				default:
					refusals.Add(1)
					if code := status.Code(err); code != codes.Unavailable && (code != codes.Internal || sign > 0) {
						t.Error(err)
					}
				}
				cancel()
			}
		})
	}
	crowd.Wait()
	if n := answers.Load() + refusals.Load() + hungUp.Load(); n != clients*each || answers.Load() == 0 {
		t.Errorf("%d answers, %d refused, %d hung up, of %d", answers.Load(), refusals.Load(), hungUp.Load(), clients*each)
	}
	until(t, "the model has answered all", func() bool { return f.answered.Load() == f.asked.Load() })
	until(t, "the gate is empty", func() bool {
		s.gate.mutex.Lock()
		defer s.gate.mutex.Unlock()
		return s.gate.requests == 0 && s.gate.memory == 0
	})
	if a, err := dial(t, s.addresses()["HTTP"]).Infer(t.Context(), request(0, 1, 2)); err != nil || a == nil {
		t.Error("after the crowd: ", err)
	}
}

func TestBadAddresses(t *testing.T) {
	taken := start(t, newFake(t), Limits{})
	for address, text := range map[string]string{"8000": "write HOST:PORT", taken.HTTPAddr().String(): "in use"} {
		if _, err := Start(Config{HTTP: ":0", GRPC: address}); err == nil || !strings.Contains(err.Error(), text) || !strings.HasPrefix(err.Error(), "gRPC: ") {
			t.Errorf("%s: %v", address, err)
		}
	}
	l, err := Listen(":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		t.Errorf("%v is no loopback", l.Addr())
	}
	f := newFake(t)
	if _, err := Start(Config{HTTP: ":0", Models: []Model{f, f}}); err == nil || !strings.Contains(err.Error(), `"add"`) {
		t.Error(err)
	}
}
