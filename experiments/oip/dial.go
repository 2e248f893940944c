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

// Shown is an address as it may be printed and kept: without a user, a password or a query, which may be secrets.
func Shown(address string) string {
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		scheme, rest = "", address
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if !found {
		return rest
	}
	return scheme + "://" + rest
}
