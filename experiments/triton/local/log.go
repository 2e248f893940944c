package local

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// How Triton writes that something is wrong: a line of level E of its log, "error: ..." at its end, or a row of its table of
// models.
var (
	faultLine = regexp.MustCompile(`^(E\d{4} [^\]]*\] |error: |E[0-9]{4})`)
	unready   = regexp.MustCompile(`^\|.*\| UNAVAILABLE: `)
	takenPort = regexp.MustCompile(`(?i)address already in use|failed to start .* server|socket .* already in use|port .* (in use|unavailable)`)
)

// withLog adds to an error what the server itself says is wrong, from what it wrote after the first bytes of its log; the last
// lines where it says nothing. It wraps EADDRINUSE if a port was taken.
func (s *Server) withLog(from int64, err error) error {
	const lines = 8
	text, _ := os.ReadFile(s.options.Log)
	text = text[min(from, int64(len(text))):]
	if takenPort.Match(text) {
		err = fmt.Errorf("a port was taken: %w", syscall.EADDRINUSE)
	}
	var all, wrong []string
	for _, l := range bytes.Split(text, []byte("\n")) {
		line := strings.TrimSpace(string(l))
		if line == "" {
			continue
		}
		all = append(all, line)
		if faultLine.MatchString(line) || unready.MatchString(line) {
			wrong = append(wrong, line)
		}
	}
	switch {
	case len(wrong) > 0:
		wrong = slices.Compact(wrong)
		return fmt.Errorf("%w; it says:\n%s", err, strings.Join(wrong[:min(len(wrong), lines)], "\n"))
	case len(all) > 0:
		return fmt.Errorf("%w; the end of its log:\n%s", err, strings.Join(all[max(0, len(all)-lines):], "\n"))
	}
	return fmt.Errorf("%w; its log is empty", err)
}

// size is that of a file in bytes, 0 where there is none.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
