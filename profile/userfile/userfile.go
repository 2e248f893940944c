// Package userfile reads the files that users name: regular ones of a bounded size. A pipe, a device or an endless
// file is refused before anything of it is read.
package userfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Read gives the content of a regular file of at most limit bytes. The error is a phrase that follows the file's
// name and a colon, on one line; errors.Is finds fs.ErrNotExist and the like in it.
func Read(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: opening a pipe waits for a writer
	if err != nil {
		return nil, Bare(err)
	}
	if err := fits(info, limit); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, Bare(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1)) // files of /proc say that they have no bytes
	if err != nil {
		return nil, Bare(err)
	}
	if int64(len(text)) > limit {
		return nil, tooLong(limit)
	}
	return text, nil
}

func fits(info fs.FileInfo, limit int64) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return errors.New("is a folder, not a file")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("is a pipe, not a regular file")
	case mode&fs.ModeDevice != 0:
		return errors.New("is a device, not a regular file")
	case !mode.IsRegular():
		return errors.New("is not a regular file")
	case info.Size() > limit:
		return tooLong(limit)
	}
	return nil
}

func tooLong(limit int64) error { return fmt.Errorf("is longer than %d bytes", limit) }

// Bare takes the path out of an error, which the caller prints.
func Bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
