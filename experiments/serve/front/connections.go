package front

import (
	"log/slog"
	"net"
	"sync"
)

// bounded lets so many connections be open at a time, and closes one more at once: left to wait, its client would not know why.
type bounded struct {
	net.Listener
	room    chan struct{}
	refusal string // sent before
	log     *slog.Logger
}

// busy is the answer of HTTP to a connection that is one too many.
const busy = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\ntoo many connections\n"

func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case b.room <- struct{}{}:
			return &roomed{c, sync.OnceFunc(func() { <-b.room })}, nil
		default:
			_, _ = c.Write([]byte(b.refusal)) // little enough for the socket's buffer
			_ = c.Close()
			b.log.Warn("connections are refused: too many are open", "open", cap(b.room))
		}
	}
}

// roomed gives its room back when it is closed.
type roomed struct {
	net.Conn
	leave func()
}

func (c *roomed) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
