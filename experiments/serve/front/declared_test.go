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
