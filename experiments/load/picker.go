package load

import "vsim/sim/engine/random"

// picker draws requests: a class by the weights, and one of its images.
type picker struct {
	classes         []Class
	total           float64 // of the weights
	class, pictures random.Stream
}

func newPicker(cfg *Config, client int) *picker {
	p := &picker{classes: cfg.Classes, class: random.NewStream(cfg.Seed, "class", client), pictures: random.NewStream(cfg.Seed, "image", client)}
	for _, c := range cfg.Classes {
		p.total += c.Weight
	}
	return p
}

// next draws a request, of a class that is not drawn where it is not -1.
func (p *picker) next(class int32) Request {
	if class < 0 {
		class = p.draw()
	}
	c := &p.classes[class]
	return Request{Class: int(class), Priority: c.Priority, Image: c.Images[p.pictures.Uint64()%uint64(len(c.Images))]}
}

func (p *picker) draw() (class int32) {
	u := p.class.Float64() * p.total
	for int(class) < len(p.classes)-1 && u >= p.classes[class].Weight {
		u -= p.classes[class].Weight
		class++
	}
	return class
}
