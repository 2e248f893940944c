package scenario

// The paper's images (AbouElhamayed et al., DAC 2024): compressed bytes, and decoded ones of 3 bytes a
// pixel.
var paperImages = map[string]struct{ compressed, decoded Bytes }{
	"small":  {4e3, 3 * 60 * 70},
	"medium": {121e3, 3 * 500 * 375},
	"large":  {9528e3, 3 * 3564 * 2880},
}

// compressed is the size of the image's file: as written, else that of the paper's; 0 when neither is known.
func (im *Image) compressed() Bytes {
	if im.Bytes > 0 {
		return im.Bytes
	}
	return paperImages[im.Size].compressed
}

// decoded is the size of the image's pixels, likewise.
func (im *Image) decoded() Bytes {
	if im.Decoded > 0 {
		return im.Decoded
	}
	return paperImages[im.Size].decoded
}
