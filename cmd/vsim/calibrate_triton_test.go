package main

import (
	"net"
	"strings"
	"testing"
)

func TestCalibrateTritonSaysWhatIsWrong(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "grpc://" + free.Addr().String()
	free.Close()
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{nobody, 2, "--model"},
		{nobody + " --model m --time 1s", 2, "at least 20s"},
		{nobody + " --model m --cores -1", 2, "from 1 to 4096"},
		{nobody + " --model m --cores 0", 2, "from 1 to 4096"},
		{nobody + " --model m --image huge", 2, "small, medium, large"},
		{nobody + " --model m -o out.txt", 2, ".toml"},
		{"127.0.0.1:8001 --model m", 2, "grpc://HOST:PORT"},
		{nobody + " --model m", 1, "does not answer"},
	} {
		code, _, stderr := vsim(append([]string{"calibrate", "triton"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit code %d, %s; want %d with %q", c.args, code, stderr, c.code, c.want)
		}
	}
}
