package oip

import (
	"fmt"
	"net/url"
)

// Dial makes a client of a server's address: "http://host:port" or "grpc://host:port". Nothing is sent yet.
func Dial(address string) (Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" || u.Hostname() == "" {
		return nil, fmt.Errorf("address %q: write http://HOST:PORT or grpc://HOST:PORT", address)
	}
	switch u.Scheme {
	case "grpc":
		return dialGRPC(u.Host)
	case "http":
		return dialHTTP(u)
	}
	return nil, fmt.Errorf("address %q has scheme %q; write http://HOST:PORT or grpc://HOST:PORT", address, u.Scheme)
}
