package front

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// A body that says that it is too long is refused before it comes.
func TestDeclaredLengthIsRefusedAtOnce(t *testing.T) {
	c, err := net.Dial("tcp", start(t, newFake(t), Limits{Body: 1 << 16}).HTTPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /v2/models/add/infer HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000\r\n\r\n{}")
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, " 413 ") {
		t.Errorf("%q, %v", line, err)
	}
}

// A connection too many hears so, and has room again when another one is closed.
func TestTooManyConnectionsAreTold(t *testing.T) {
	address := start(t, newFake(t), Limits{Connections: 1}).HTTPAddr().String()
	status := func(c net.Conn) string {
		fmt.Fprint(c, "GET /v2/health/live HTTP/1.1\r\nHost: test\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		line, _ := bufio.NewReader(c).ReadString('\n')
		return line
	}
	open := func() net.Conn {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := open()
	if line := status(first); !strings.Contains(line, " 200 ") {
		t.Fatalf("the first: %q", line)
	}
	second := open()
	_ = second.SetReadDeadline(time.Now().Add(10 * time.Second))
	if line, err := bufio.NewReader(second).ReadString('\n'); !strings.Contains(line, " 503 ") {
		t.Errorf("the second: %q, %v", line, err)
	}
	second.Close()
	first.Close()
	for late := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		next := open()
		line := status(next)
		next.Close()
		if strings.Contains(line, " 200 ") {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("after the first was closed: %q", line)
		}
	}
}
