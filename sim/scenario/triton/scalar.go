package triton

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/protocolbuffers/txtpbfmt/ast"
	"github.com/protocolbuffers/txtpbfmt/unquote"

	"vsim/sim/scenario"
)

// integer is a whole number of the text format: decimal, octal or hexadecimal.
var integer = regexp.MustCompile(`^-?(0|0[0-7]+|0[xX][0-9a-fA-F]+|[1-9][0-9]*)$`)

// scalar reads a value that is not a message into x. The error is a rule and, after a semicolon, a remedy.
func scalar(n *ast.Node, x reflect.Value, tag reflect.StructTag) error {
	enum := tag.Get("enum")
	if x.Type() == reflect.TypeFor[dataType]() {
		enum = dataTypes
	}
	if x.Kind() == reflect.String && enum == "" {
		return quoted(n, x)
	}
	if len(n.Values) > 1 {
		return errors.New("must be a single value")
	}
	written := n.Values[0].Value
	switch x.Kind() {
	case reflect.String:
		return enumeration(written, x, strings.Split(enum, "|"))
	case reflect.Bool:
		return boolean(written, x)
	case reflect.Float64:
		f, err := strconv.ParseFloat(strings.TrimRight(written, "fF"), 64)
		if err != nil {
			return errors.New("must be a number")
		}
		x.SetFloat(f)
		return nil
	}
	return whole(written, x)
}

// whole reads an integer that fits into x.
func whole(written string, x reflect.Value) error {
	if !integer.MatchString(written) {
		return errors.New("must be a whole number")
	}
	if x.CanUint() {
		u, err := strconv.ParseUint(written, 0, x.Type().Bits())
		if err != nil {
			return fmt.Errorf("must be from 0 to %d", ^uint64(0)>>(64-x.Type().Bits()))
		}
		x.SetUint(u)
		return nil
	}
	i, err := strconv.ParseInt(written, 0, x.Type().Bits())
	if err != nil {
		return fmt.Errorf("does not fit into %d bits", x.Type().Bits())
	}
	x.SetInt(i)
	return nil
}

func boolean(written string, x reflect.Value) error {
	switch written {
	case "true", "True", "t", "1":
		x.SetBool(true)
	case "false", "False", "f", "0":
		x.SetBool(false)
	default:
		return errors.New("must be true or false")
	}
	return nil
}

// enumeration reads one of some names, or its number.
func enumeration(written string, x reflect.Value, names []string) error {
	if i, err := strconv.Atoi(written); err == nil && i >= 0 && i < len(names) {
		written = names[i]
	}
	if !slices.Contains(names, written) {
		if near := scenario.Nearest(written, names); near != "" {
			return fmt.Errorf("is not a value of this field; did you mean %s?", near)
		}
		return fmt.Errorf("is not a value of this field; values: %s", strings.Join(names, ", "))
	}
	x.SetString(written)
	return nil
}

// quoted reads a string, which may be written in several pieces.
func quoted(n *ast.Node, x reflect.Value) error {
	s, _, err := unquote.Unquote(n)
	switch {
	case err != nil:
		return errors.New("must be a text in quotes")
	case !utf8.ValidString(s):
		return errors.New("is not UTF-8")
	}
	x.SetString(s)
	return nil
}
