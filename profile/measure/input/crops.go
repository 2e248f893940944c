package input

import (
	"vsim/profile/device/crop"
	"vsim/profile/device/jpeg"
)

// Crop names the set of faces that are cut out of the pictures of another set.
const Crop = "crop"

const (
	crops    = 64 // in the set
	cropSeed = 1
)

// cropsOf cuts faces out of the pictures of a set, of each as many.
func cropsOf(frames *Images) (Images, error) {
	codec, _ := jpeg.Find("")
	decoder, err := codec.NewDecoder()
	if err != nil {
		return Images{}, err
	}
	defer decoder.Close()
	cutter, err := crop.NewCutter(codec)
	if err != nil {
		return Images{}, err
	}
	defer cutter.Close()
	set := Images{Name: Crop}
	each := (crops + len(frames.Files) - 1) / len(frames.Files)
	for i, file := range frames.Files {
		frame, err := decoder.Decode(file)
		if err != nil {
			return set, frames.Fault(i, err)
		}
		for _, box := range crop.Boxes(nil, frame.Rect, each, cropSeed+uint64(i)) {
			face, err := cutter.Cut(frame, box)
			if err != nil {
				return set, frames.Fault(i, err)
			}
			set.Files = append(set.Files, append([]byte(nil), face...))
		}
	}
	return set, nil
}
