package gpu

import (
	"fmt"
	"math"

	"vsim/model"
	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
	"vsim/profile/measure/input"
)

// The largest differences between the GPU's and the CPU's results that are expected.
const (
	greyExpected   = 2    // grey levels, mean over a picture: decoders and rounding differ
	logitsExpected = 0.01 // of the largest logit, FP32
	halfExpected   = 0.05 // likewise, TF32 and FP16
)

// check compares what the GPU computes with what the CPU computes, before it is timed. What it finds stands in the
// profile's notes; a difference above what is expected is a doubt of the figures that it touches: decoders, drivers and
// libraries differ, and whoever reads the profile is to judge.
func (t *target) check(m input.Model, i *gpu.Instance) error {
	made, err := t.checkPictures(i)
	if err != nil {
		return err
	}
	if err := t.checkLogits(m, i, made); err != nil {
		t.doubt(m.Name, "unchecked: %v", err)
	}
	return nil
}

// doubt adds to the warnings of the figures of a model or an image set.
func (t *target) doubt(of, format string, args ...any) {
	t.doubts[of] = append(t.doubts[of], fmt.Sprintf(format, args...))
}

// checkPictures compares the first picture of each set, as far as the GPU preprocesses, and gives the CPU's tensor of the last.
// The error is that of a file that the CPU cannot decode.
func (t *target) checkPictures(i *gpu.Instance) (made tensor.Tensor, err error) {
	worker, unable := t.cfg.Device.NewPreprocessor(i.Tensor(), i.Model().Normalise, 1, i.Stream)
	if unable == nil {
		defer worker.Close()
	}
	for s := range t.cfg.Images {
		set := &t.cfg.Images[s]
		if made, err = hostTensor(set, i.Model()); err != nil {
			return made, err
		}
		if unable != nil {
			continue
		}
		if err := t.checkPicture(set, i, worker, made); err != nil {
			t.doubt(set.Name, "unchecked: %v", err)
		}
	}
	return made, nil
}

// hostTensor is what the CPU makes of a set's first picture.
func hostTensor(set *input.Images, m *vision.Model) (tensor.Tensor, error) {
	made := m.Tensor.New()
	codec, _ := jpeg.Find("")
	d, err := codec.NewDecoder()
	if err != nil {
		return made, err
	}
	defer d.Close()
	img, err := d.Decode(set.Files[0])
	if err != nil {
		return made, set.Fault(0, err)
	}
	preprocess.New(m.Tensor, m.Normalise).Run(img, made)
	return made, nil
}

// checkPicture compares the tensor that the GPU makes of a set's first picture.
func (t *target) checkPicture(set *input.Images, i *gpu.Instance, worker *gpu.Preprocessor, made tensor.Tensor) error {
	if err := worker.Decode(set.Files[:1]); err != nil {
		return set.Fault(0, err)
	}
	if err := worker.Resize(i.Input()); err != nil {
		return err
	}
	back, err := i.Tensors(1)
	if err != nil {
		return err
	}
	t.judge(set.Name, set.Name, "on the GPU", preprocess.Apart(back, made, i.Tensor(), i.Model().Normalise))
	return nil
}

// judge notes how far a picture is from the CPU's, in grey levels, and doubts figures where that is too much.
func (t *target) judge(of, set, where string, grey float64) {
	if !(grey <= greyExpected) {
		t.doubt(of, "differs: a picture decoded and resized %s differs from the CPU's by %.2f grey levels on average, more than %d", where, grey, greyExpected)
	}
	t.notes = append(t.notes, fmt.Sprintf("check: a %q image decoded and resized %s differs from the CPU's by %.2f grey levels on average", set, where, grey))
}

// checkPhases compares what decoding in two phases makes of a set's first picture, where it is not what workers do.
func (t *target) checkPhases(set *input.Images) error {
	made, err := hostTensor(set, &vision.Model{Tensor: t.tensor, Normalise: t.normalise})
	if err != nil {
		return err
	}
	p, err := t.preprocessor(gpu.TwoPhases, set, 1)
	if err != nil {
		return err
	}
	if err := p.Decode(set.Files[:1]); err != nil {
		return set.Fault(0, err)
	}
	if err := p.Resize(p.out); err != nil {
		return err
	}
	back := t.tensor.New()
	if err := p.lane.stream.ToHost(back.Bytes(), p.out); err != nil {
		return err
	}
	if err := p.lane.stream.Synchronize(); err != nil {
		return err
	}
	t.judge(set.Name+profile.PhasedSuffix, set.Name, "in two phases", preprocess.Apart(back, made, t.tensor, t.normalise))
	return nil
}

// checkLogits compares the network's answers: with the tensor that the GPU has just made, with the CPU's,
// and those of the CPU's own inference.
func (t *target) checkLogits(m input.Model, i *gpu.Instance, made tensor.Tensor) error {
	run := func() ([]float32, error) {
		for _, step := range []func() error{func() error { return i.Infer(1) }, func() error { return i.Download(1) }, i.Wait} {
			if err := step(); err != nil {
				return nil, err
			}
		}
		return append([]float32(nil), i.Logits(0)...), nil
	}
	direct, err := run()
	if err != nil {
		return err
	}
	i.Copy(0, made)
	if err := i.Upload(1); err != nil {
		return err
	}
	uploaded, err := run()
	if err != nil {
		return err
	}
	if t.cfg.Device.Preprocesses() != nil {
		direct = uploaded // nothing to compare
	}
	host, err := t.cfg.Device.HostLogits(m.Path, made, m.Options)
	if err != nil {
		return err
	}
	if len(host) == 0 || len(host) != len(uploaded) {
		t.notes = append(t.notes, fmt.Sprintf("check: answers of %s are not compared: its first output has no float32 values of each picture", m.Name))
		return nil
	}
	expected := halfExpected
	if _, precision := model.SplitPrecision(m.Name); precision == model.FP32 {
		expected = logitsExpected
	}
	bySide, byNetwork := apart(direct, uploaded), apart(uploaded, host)
	if !(bySide <= expected) || !(byNetwork <= expected) {
		t.doubt(m.Name, "differs: its answer with the GPU's preprocessing differs from that with the CPU's by %.2g of the largest logit, and the CPU's own inference by %.2g, more than %g",
			bySide, byNetwork, expected)
	}
	t.notes = append(t.notes, fmt.Sprintf("check: answers of %s with the GPU's preprocessing differ from those with the CPU's by %.2g of the largest logit, from the CPU's own inference by %.2g", m.Name, bySide, byNetwork))
	return nil
}

// apart is the largest difference of two rows of logits, relative to the largest of the second; infinite where that is 0.
func apart(got, want []float32) float64 {
	gap, largest := 0.0, 0.0
	for k := range want {
		gap = math.Max(gap, math.Abs(float64(got[k]-want[k])))
		largest = math.Max(largest, math.Abs(float64(want[k])))
	}
	if gap == 0 {
		return 0
	}
	return gap / largest
}
