// Package userfile reads what a user names: a file may be a pipe that nobody writes to, a device without an end, or
// larger than the memory, and is refused in one line before it is read.
package userfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// The largest files that are read, by what they hold. (A configuration's limit is 20 times the longest that is known.)
const (
	MaxConfigBytes  = 4 << 20   // scenarios, machines, profiles, validation files, configurations of other servers
	MaxTableBytes   = 16 << 20  // tables of results, CSV
	MaxTraceBytes   = 256 << 20 // recorded arrivals: about 20 million
	MaxPictureBytes = 64 << 20  // a JPEG file
	MaxModelBytes   = 2 << 30   // an ONNX file, whose format ends there; weights may lie beside it
	MaxArchiveBytes = 256 << 20 // results of a campaign
)

// Read gives the content of a regular file of at most limitBytes. The error is an *fs.PathError with path.
func Read(path string, limitBytes int64) ([]byte, error) {
	if err := Check(path, limitBytes); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limitBytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limitBytes { // it has grown
		return nil, fault(path, "it is larger than %s, the limit", size(limitBytes))
	}
	return text, nil
}

// Check says why Read would refuse a file, without opening it: for those that a library opens by their name.
func Check(path string, limitBytes int64) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return fault(path, "it is a folder, not a file")
	case mode&fs.ModeNamedPipe != 0:
		return fault(path, "it is a pipe, not a regular file; copy what comes out of it into a file")
	case !mode.IsRegular():
		return fault(path, "it is a device or a socket, not a regular file")
	case ofKernel(path):
		return fault(path, "it is one of the kernel's, whose reading may never end; copy it into a file")
	case info.Size() > limitBytes:
		return fault(path, "it has %s, the limit is %s", size(info.Size()), size(limitBytes))
	}
	return nil
}

// Reason is an error of this package, or of the file system, without the path.
func Reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func fault(path, format string, args ...any) error {
	return &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf(format, args...)}
}

// size writes bytes for people: "4 MiB".
func size(bytes int64) string {
	const mebi = 1 << 20
	switch {
	case bytes >= mebi:
		return fmt.Sprintf("%.4g MiB", float64(bytes)/mebi)
	case bytes >= 1<<10:
		return fmt.Sprintf("%.4g KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", bytes)
}
