package broker

import "math/rand/v2"

// ringBytes is more than a core's own cache: a server, too, has just written what it sends, among other things.
const ringBytes = 4 << 20

// values are messages of any size, cut out of one memory of random bytes. They belong to one goroutine.
type values struct {
	memory []byte
	at     int
}

func newValues(largest int) *values {
	v := &values{memory: make([]byte, ringBytes+largest)}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range v.memory {
		v.memory[i] = byte(r.Uint32())
	}
	return v
}

// next is a message of a size, which must not be changed.
func (v *values) next(size int) []byte {
	if v.at >= ringBytes {
		v.at = 0
	}
	out := v.memory[v.at : v.at+size]
	v.at += size
	return out
}
