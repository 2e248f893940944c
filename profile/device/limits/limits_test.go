package limits

import (
	"math"
	"strings"
	"testing"
)

func TestPicture(t *testing.T) {
	for _, c := range []struct {
		shape []int64
		want  int // bytes; 0: refused
	}{
		{[]int64{-1, 3, 224, 224}, 4 * 3 * 224 * 224},
		{[]int64{8, 1000}, 4000},
		{[]int64{-1, -1, 6625}, 4 * 6625},
		{nil, 4},
		{[]int64{4096, 1}, 4},
		{[]int64{4097, 1}, 0},
		{[]int64{-1, 64 << 20}, 256 << 20},
		{[]int64{-1, 64<<20 + 1}, 0},
		{[]int64{-1, 3, 65536, 65536}, 0},
		{[]int64{-1, 3, 1 << 31, 224}, 0},
		{[]int64{-1, 3, 1 << 32, 1 << 32}, 0}, // 0 in 64 bits
		{[]int64{-1, math.MaxInt64, math.MaxInt64}, 0},
		{[]int64{math.MaxInt64, 3, 224, 224}, 0},
	} {
		got, err := Picture(c.shape, 4)
		if got != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%v: %d bytes, error %v; want %d", c.shape, got, err, c.want)
		}
	}
}

func TestCheckBatch(t *testing.T) {
	for _, c := range []struct {
		batch, pictureBytes int
		want                string // "" for a batch that fits
	}{
		{1, 2 * PictureBytes, ""},
		{8, 2 * PictureBytes, ""},
		{9, 2 * PictureBytes, "takes more than 4096 MiB"},
		{4096, 4 * 3 * 224 * 224, ""},
		{4097, 4, "the limit is 4096"},
		{math.MaxInt, 4 * 3 * 224 * 224, "the limit is 4096"},
	} {
		err := CheckBatch(c.batch, c.pictureBytes)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d of %d bytes: error %v, want %q", c.batch, c.pictureBytes, err, c.want)
		}
	}
}
