package front

import (
	"cmp"
	"time"
)

// Limits are what a server takes from its clients. A zero means the default of Standard.
type Limits struct {
	Body        int64         // bytes of a request's body, decompressed
	Memory      int64         // bytes of the bodies of all requests in the server
	Header      int           // bytes of the headers of a request
	Requests    int           // inference requests in the server, those that are still being read among them
	Streams     int           // of gRPC that are open; requests in a stream count among Requests too
	Connections int           // that are open, for each of HTTP and gRPC; one more is closed at once
	Read        time.Duration // from the end of a request's headers to that of its body
	Write       time.Duration // for an answer to be taken by its client, over HTTP
	Idle        time.Duration // of an HTTP connection between requests
}

// Standard are the defaults. A batch of 16 images of 4 MB fits a body.
var Standard = Limits{Body: 64 << 20, Memory: 1 << 30, Header: 64 << 10, Requests: 1024, Streams: 256, Connections: 4096,
	Read: 30 * time.Second, Write: 30 * time.Second, Idle: 2 * time.Minute}

// filled are the limits with the defaults where there is none.
func (l Limits) filled() Limits {
	d := Standard
	return Limits{cmp.Or(l.Body, d.Body), cmp.Or(l.Memory, d.Memory), cmp.Or(l.Header, d.Header), cmp.Or(l.Requests, d.Requests),
		cmp.Or(l.Streams, d.Streams), cmp.Or(l.Connections, d.Connections), cmp.Or(l.Read, d.Read), cmp.Or(l.Write, d.Write), cmp.Or(l.Idle, d.Idle)}
}
