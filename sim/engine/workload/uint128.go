package workload

import "math/bits"

// wide is an unsigned integer of 128 bits: a speed times a length of time needs more than 64, and only
// integers make the same sum however a stretch of time is cut up.
type wide struct{ hi, lo uint64 }

func product(x, y uint64) wide {
	hi, lo := bits.Mul64(x, y)
	return wide{hi, lo}
}

func (a wide) plus(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return wide{hi, lo}
}

func (a wide) minus(b wide) wide {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return wide{hi, lo}
}

// left and right return a times and over 2^by, by being at most 64.
func (a wide) left(by uint) wide  { return wide{a.hi<<by | a.lo>>(64-by), a.lo << by} }
func (a wide) right(by uint) wide { return wide{a.hi >> by, a.lo>>by | a.hi<<(64-by)} }

// times returns n times a, which must fit.
func (a wide) times(n uint64) wide { return wide{hi: a.hi * n}.plus(product(a.lo, n)) }

func (a wide) less(b wide) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

// over returns a/b rounded down, or most where that is less.
func (a wide) over(b, most uint64) uint64 {
	if a.hi >= b {
		return most
	}
	quotient, _ := bits.Div64(a.hi, a.lo, b)
	return min(quotient, most)
}

func (a wide) float() float64 { return float64(a.hi)*0x1p64 + float64(a.lo) } // the product is exact
