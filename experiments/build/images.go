package build

import "vsim/experiments/scenario"

// imageBytes are the compressed sizes of the paper's images (AbouElhamayed et al., DAC 2024).
var imageBytes = map[string]float64{"small": 4e3, "medium": 121e3, "large": 9528e3}

// compressedBytes is the size of an image's file: as written, else that of the paper's image.
func compressedBytes(im scenario.Image) (float64, bool) {
	if im.Bytes > 0 {
		return float64(im.Bytes), true
	}
	bytes, ok := imageBytes[im.Size]
	return bytes, ok
}
