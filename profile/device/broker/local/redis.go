package local

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vsim/profile/device/native"
)

var redisProgram = native.Lib{Name: "Redis", Env: "VSIM_REDIS_SERVER", Folder: "redis", Soname: "redis-server", Get: "run `make brokers`"}

type redisServer struct {
	path       string
	appendOnly bool
	is         string
}

// oldestRedis is the first version with BLMPOP, by which consumers of a list take several messages at once.
const oldestRedis = 7

func findRedis(ctx context.Context, appendOnly bool) (program, error) {
	path, err := native.Find(redisProgram, "")
	if err != nil {
		installed, none := exec.LookPath("redis-server")
		if none != nil || os.Getenv(redisProgram.Env) != "" {
			return nil, err
		}
		path = installed
	}
	version, err := redisVersion(ctx, path)
	if err != nil {
		return nil, err
	}
	return &redisServer{path: path, appendOnly: appendOnly, is: version}, nil
}

func redisVersion(ctx context.Context, path string) (string, error) {
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = environment(path)
	out, err := cmd.CombinedOutput()
	found := regexp.MustCompile(`v=(\d+)(\.\d+)*`).FindStringSubmatch(string(out))
	if err != nil {
		return "", fmt.Errorf("%s --version does not say which Redis it is: %w, %q", path, err, strings.TrimSpace(string(out)))
	}
	if found == nil {
		line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return "", fmt.Errorf("%s --version does not say which Redis it is, but %q", path, line)
	}
	if major, _ := strconv.Atoi(found[1]); major < oldestRedis {
		return "", fmt.Errorf("%s is Redis %s; vsim needs %d or newer: run `make brokers`, or name another with %s", path, found[0][2:], oldestRedis, redisProgram.Env)
	}
	return found[0][2:], nil
}

func (r *redisServer) version() string { return "Redis " + r.is }

func (r *redisServer) prepare(context.Context, string, int) error { return nil }

// command has Redis's own settings but these: no snapshots, and no file of changes unless it is asked for.
func (r *redisServer) command(dir string, port int) []string {
	keep := "no"
	if r.appendOnly {
		keep = "yes"
	}
	return []string{r.path, "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", dir, "--save", "", "--appendonly", keep}
}

func (r *redisServer) ready(ctx context.Context, address string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && answer != "+PONG\r\n" {
		err = fmt.Errorf("it answers %q", strings.TrimSpace(answer))
	}
	return err
}

// environment is this process's with the folder of a program among those where the loader looks for libraries that the system
// lacks.
func environment(path string) []string {
	folders := filepath.Dir(path)
	if before := os.Getenv("LD_LIBRARY_PATH"); before != "" {
		folders = before + string(filepath.ListSeparator) + folders
	}
	return append(os.Environ(), "LD_LIBRARY_PATH="+folders)
}
