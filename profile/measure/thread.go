package measure

import "runtime"

// thread is one thread of the system that does what it is given, one thing after the other. CUDA keeps contexts by thread, and
// ONNX Runtime CUDA graphs: work that moved between threads would capture its graphs again on each.
type thread struct{ work chan func() }

func newThread() *thread {
	t := &thread{work: make(chan func())}
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its goroutine
		for f := range t.work {
			f()
		}
	}()
	return t
}

// begin gives the thread something to do; wait gives its error when it is done.
func (t *thread) begin(f func() error) (wait func() error) {
	done := make(chan error, 1)
	t.work <- func() { done <- f() }
	return func() error { return <-done }
}

// do gives the thread something to do and waits for it.
func (t *thread) do(f func() error) error { return t.begin(f)() }

// end lets the thread go when it is done.
func (t *thread) end() { close(t.work) }
