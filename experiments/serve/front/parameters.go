package front

import (
	"math"
	"strconv"
	"time"

	"vsim/experiments/oip/wire"
)

// read takes a request's parameters, of a model with so many levels of priority. A priority beyond them means the model's
// default, as in Triton.
func (r *Request) read(p map[string]*wire.InferParameter, levels uint64) error {
	priority, err := whole(p, "priority")
	if err != nil {
		return err
	}
	if priority <= levels {
		r.Priority = priority
	}
	timeout, err := whole(p, "timeout")
	if err != nil {
		return err
	}
	if most := uint64(math.MaxInt64 / time.Microsecond); timeout > most {
		return broken("parameter \"timeout\" is %d: it is microseconds, at most %d", timeout, most)
	}
	r.Timeout = time.Duration(timeout) * time.Microsecond
	return nil
}

// whole gives a parameter that is a whole number from 0, in whatever form clients send it; 0 where there is none.
func whole(p map[string]*wire.InferParameter, name string) (uint64, error) {
	if p[name] == nil {
		return 0, nil
	}
	var found any = "something else"
	switch v := p[name].ParameterChoice.(type) {
	case *wire.InferParameter_Uint64Param:
		return v.Uint64Param, nil
	case *wire.InferParameter_Int64Param:
		if v.Int64Param >= 0 {
			return uint64(v.Int64Param), nil
		}
		found = v.Int64Param
	case *wire.InferParameter_StringParam:
		if n, err := strconv.ParseUint(v.StringParam, 10, 64); err == nil {
			return n, nil
		}
		found = strconv.Quote(v.StringParam[:min(len(v.StringParam), 20)])
	case *wire.InferParameter_DoubleParam:
		found = v.DoubleParam
	case *wire.InferParameter_BoolParam:
		found = v.BoolParam
	}
	return 0, broken("parameter %q is %v: it is a whole number from 0", name, found)
}
