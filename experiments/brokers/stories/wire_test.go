package stories

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// tape writes down what happens.
type tape struct {
	mu     sync.Mutex
	began  time.Time
	first  time.Duration // when the first message is sent
	events []event
}

func (t *tape) note(kind string, messages ...int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, event{time.Since(t.began), kind, messages})
}

// mark is how a message says its number in its value, whatever is around it.
func mark(number, size int) []byte {
	value := append([]byte("#"), strconv.Itoa(number)+";"...)
	return append(value, bytes.Repeat([]byte("."), size-len(value))...)
}

var marks = regexp.MustCompile(`#(\d+);`)

// numbers finds the messages in what passes. Those of number 0 warm the client up.
func numbers(b []byte) (out []int) {
	for _, m := range marks.FindAllSubmatch(b, -1) {
		if n, _ := strconv.Atoi(string(m[1])); n > 0 {
			out = append(out, n)
		}
	}
	return out
}

// wire is a proxy before a broker.
type wire struct {
	server string
	tape   *tape
	slow   time.Duration // by which it holds acknowledgements back
	net.Listener
}

func newWire(t *testing.T, server string, tape *tape, slow time.Duration) *wire {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &wire{server, tape, slow, l}
}

// serve passes on what comes on every connection, by two functions for the two directions.
func (w *wire) serve(connection func() (up, down func(from, to net.Conn) error)) {
	for {
		client, err := w.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.server)
		if err != nil {
			client.Close()
			return
		}
		up, down := connection()
		for _, pass := range []func() error{func() error { return up(client, server) }, func() error { return down(server, client) }} {
			go func() {
				for pass() == nil {
				}
				client.Close()
				server.Close()
			}()
		}
	}
}

// kafka passes frames: four bytes of length, then for a request its kind (0 produces, 1 fetches), version and number, for an answer the number
// of the request.
func (w *wire) kafka() (up, down func(from, to net.Conn) error) {
	type request struct {
		kind     uint16
		messages []int
	}
	var mu sync.Mutex
	open := map[uint32]request{}
	frame := func(from net.Conn) ([]byte, error) {
		head := make([]byte, 4)
		if _, err := io.ReadFull(from, head); err != nil {
			return nil, err
		}
		body := make([]byte, binary.BigEndian.Uint32(head))
		_, err := io.ReadFull(from, body)
		return append(head, body...), err
	}
	up = func(from, to net.Conn) error {
		b, err := frame(from)
		if err != nil {
			return err
		}
		r := request{binary.BigEndian.Uint16(b[4:]), numbers(b)}
		mu.Lock()
		open[binary.BigEndian.Uint32(b[8:])] = r
		mu.Unlock()
		switch {
		case r.kind == 0 && r.messages != nil:
			w.tape.note(leaves, r.messages...)
		case r.kind == 1:
			w.tape.note(asks)
		}
		_, err = to.Write(b)
		return err
	}
	down = func(from, to net.Conn) error {
		b, err := frame(from)
		if err != nil {
			return err
		}
		mu.Lock()
		r := open[binary.BigEndian.Uint32(b[4:])]
		mu.Unlock()
		switch {
		case r.kind == 0 && r.messages != nil:
			time.Sleep(w.slow)
			w.tape.note(acked, r.messages...)
		case r.kind == 1:
			w.tape.note(gets, numbers(b)...)
		}
		_, err = to.Write(b)
		return err
	}
	return up, down
}

// redis passes what is there: a client writes a request, or several together, and waits for the answer.
func (w *wire) redis() (up, down func(from, to net.Conn) error) {
	var mu sync.Mutex
	var sent []int // messages of the request that is not answered
	fetching := false
	buffers := [2][]byte{make([]byte, 1<<20), make([]byte, 1<<20)}
	up = func(from, to net.Conn) error {
		n, err := from.Read(buffers[0])
		b := bytes.ToLower(buffers[0][:n])
		mu.Lock()
		sent, fetching = numbers(b), bytes.Contains(b, []byte("blmpop")) || bytes.Contains(b, []byte("xreadgroup"))
		if fetching {
			w.tape.note(asks)
		} else if sent != nil {
			w.tape.note(leaves, sent...)
		}
		mu.Unlock()
		if err == nil {
			_, err = to.Write(buffers[0][:n])
		}
		return err
	}
	down = func(from, to net.Conn) error {
		n, err := from.Read(buffers[1])
		mu.Lock()
		messages, got := slices.Clone(sent), fetching
		sent, fetching = nil, false
		mu.Unlock()
		switch {
		case messages != nil:
			time.Sleep(w.slow)
			w.tape.note(acked, messages...)
		case got:
			w.tape.note(gets, numbers(buffers[1][:n])...)
		}
		if err == nil {
			_, err = to.Write(buffers[1][:n])
		}
		return err
	}
	return up, down
}
