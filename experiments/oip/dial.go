package oip

import (
	"fmt"
	"net/url"
	"strings"
)

// Dial makes a client of a server's address: "http://host:port" or "grpc://host:port". Nothing is sent yet.
func Dial(address string) (Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" || u.Hostname() == "" {
		return nil, fmt.Errorf("address %q: write http://HOST:PORT or grpc://HOST:PORT", Shown(address))
	}
	switch {
	case u.Scheme == "grpc" && u.User != nil:
		return nil, fmt.Errorf("address %q: a user is of http alone", Shown(address))
	case u.Scheme == "grpc":
		return dialGRPC(u.Host)
	case u.Scheme == "http":
		return dialHTTP(u)
	}
	return nil, fmt.Errorf("address %q has scheme %q; write http://HOST:PORT or grpc://HOST:PORT", Shown(address), u.Scheme)
}

// Shown is an address as it may be printed and kept: without a password.
func Shown(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return address[strings.LastIndexByte(address, '@')+1:]
	case u.User == nil:
		return address
	}
	return u.Redacted()
}
