package main

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vsim/experiments/paper"
)

// compared are the differences between a folder and what was predicted now, a line for each file.
func compared(folder string, files map[string][]byte) (out []string, err error) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		old, err := os.ReadFile(filepath.Join(folder, name))
		switch {
		case os.IsNotExist(err):
			out = append(out, name+": is not committed")
		case err != nil:
			return nil, err
		default:
			if d := difference(name, old, files[name]); d != "" {
				out = append(out, name+": "+d)
			}
		}
	}
	gone, err := unknown(folder, files)
	for _, name := range gone {
		out = append(out, name+": no figure makes it")
	}
	return out, err
}

// unknown are the results that are there and that no figure makes.
func unknown(folder string, files map[string][]byte) (out []string, err error) {
	there, err := os.ReadDir(filepath.Join(folder, paper.Results))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	for _, entry := range there {
		name := filepath.Join(paper.Results, entry.Name())
		if _, known := files[name]; !known && !entry.IsDir() {
			out = append(out, name)
		}
	}
	return out, nil
}

// difference says where two versions of a file first differ; it is empty where they are alike. Pictures are compared pixel by pixel.
func difference(name string, old, now []byte) string {
	switch {
	case bytes.Equal(old, now):
		return ""
	case filepath.Ext(name) == ".png":
		return pictures(old, now)
	}
	a, b := strings.Split(string(old), "\n"), strings.Split(string(now), "\n")
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return fmt.Sprintf("line %d is new: %s", i+1, short(b[i]))
		case i >= len(b):
			return fmt.Sprintf("line %d is gone: %s", i+1, short(a[i]))
		case a[i] != b[i]:
			return fmt.Sprintf("line %d is committed as\n    %s\n  and is now\n    %s", i+1, short(a[i]), short(b[i]))
		}
	}
	return "differs"
}

func short(line string) string {
	const most = 400
	if len(line) > most {
		return strings.ToValidUTF8(line[:most], "") + "..."
	}
	return line
}

func pictures(old, now []byte) string {
	a, err := points(old)
	b, errNow := points(now)
	switch {
	case err != nil:
		return "is no picture: " + err.Error()
	case errNow != nil:
		return "would be no picture: " + errNow.Error()
	case a.Rect != b.Rect:
		return fmt.Sprintf("is %v, and is now %v", a.Rect.Size(), b.Rect.Size())
	case !bytes.Equal(a.Pix, b.Pix):
		return "shows something else"
	}
	return ""
}

func points(data []byte) (*image.RGBA, error) {
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out := image.NewRGBA(picture.Bounds())
	draw.Draw(out, out.Rect, picture, out.Rect.Min, draw.Src)
	return out, nil
}
