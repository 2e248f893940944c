// Package photo makes natural-looking JPEG files of the sizes that the paper serves, from a seed,
// so that measurements need no data set; and reads a person's own pictures from a folder.
package photo

import (
	"context"
	"fmt"
	"strings"
)

// Size is one of the paper's three kinds of request: pixels and the file size aimed at.
type Size struct {
	Name          string
	Width, Height int
	SizeBytes     int

	start exposure // gives about SizeBytes in most scenes
}

// Tolerance is how far a generated file's size may be from Size.SizeBytes, as a fraction.
const Tolerance = 0.10

// Sizes are small, medium (an ImageNet picture) and large (a camera's). Their 5 to 8 bits a pixel
// need a high quality, and the large one a sensor that shows its noise.
var Sizes = []Size{
	{"small", 60, 70, 4_000, exposure{0.012, 95}},
	{"medium", 500, 375, 121_000, exposure{0.012, 96}},
	{"large", 3564, 2880, 9_528_000, exposure{0.037, 99}},
}

// FindSize gives the size of that name; the error lists the names.
func FindSize(name string) (Size, error) {
	var names []string
	for _, size := range Sizes {
		if size.Name == name {
			return size, nil
		}
		names = append(names, size.Name)
	}
	return Size{}, fmt.Errorf("image size %q: there are %s", name, strings.Join(names, ", "))
}

// Set gives n different JPEG files of the named size. The bytes depend on size, seed and position
// alone (on one processor architecture and Go release; image/jpeg may change between releases):
// the first k of n are the k of a smaller set. Files are kept in cacheDir and found there the next
// time; with cacheDir "" nothing is written. When ctx is cancelled its error comes back.
func Set(ctx context.Context, cacheDir, size string, n int, seed uint64) ([][]byte, error) {
	kind, err := FindSize(size)
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, fmt.Errorf("a set of %d images: at least 1", n)
	}
	out := make([][]byte, n)
	for i := range out {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if out[i], err = cached(cacheDir, kind, seed, i); err != nil {
			return nil, err
		}
	}
	return out, nil
}
