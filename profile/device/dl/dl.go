// Package dl opens shared libraries at run time and calls their functions, without linking and
// without cgo (purego). Every function that a caller needs is looked up when the library is opened, so
// that what is missing is said before any work.
package dl

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Library is an open shared library. It stays loaded until the process ends.
type Library struct {
	Name      string // as people call it
	Path      string
	functions map[string]uintptr
}

// Open loads the library at path and looks up all functions. The error names the library, the file,
// and every function that it lacks.
func Open(name, path string, functions ...string) (*Library, error) {
	handle, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot load %s: %w", name, path, err)
	}
	l := &Library{Name: name, Path: path, functions: map[string]uintptr{}}
	var missing []string
	for _, f := range functions {
		if l.functions[f] = symbol(handle, f); l.functions[f] == 0 {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("%s: %s has no %s: another version is needed", name, path, strings.Join(missing, ", "))
	}
	return l, nil
}

// Call calls a function that Open has looked up and gives its result, an integer or a pointer.
// Arguments are integers, or pointers converted in the call itself: uintptr(unsafe.Pointer(&x)).
// The thread is handed to C as cgo does it, so a long call does not hold up other goroutines.
//
//go:uintptrescapes
func (l *Library) Call(function string, args ...uintptr) uintptr {
	return CallAt(l.functions[function], args...)
}

// CallAt calls the C function at an address, as [Library.Call] does.
//
//go:uintptrescapes
func CallAt(address uintptr, args ...uintptr) uintptr {
	if address == 0 {
		panic("dl: a function is called that was not looked up")
	}
	r, _, _ := purego.SyscallN(address, args...)
	return r
}

// String copies the C string at an address in a library's memory; "" for the address 0.
func String(address uintptr) string {
	if address == 0 {
		return ""
	}
	p := At(address)
	n := 0
	for *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(p), n))
}

// At makes a pointer of an address in memory that C owns: no Go pointer, nothing can move.
func At(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// CString gives s with the 0 at its end that C wants.
func CString(s string) *byte {
	b := append([]byte(s), 0)
	return &b[0]
}

// Text gives the text in a buffer that C has filled, up to its 0.
func Text(buffer []byte) string {
	text, _, _ := strings.Cut(string(buffer), "\x00")
	return text
}
