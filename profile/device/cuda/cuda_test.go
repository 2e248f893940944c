package cuda_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu/fakegpu"
)

// bound gives a context of the fake GPU, bound to the test's goroutine.
func bound(t *testing.T) (*fakegpu.GPU, *cuda.Context) {
	t.Helper()
	g := fakegpu.Use(t)
	d, err := cuda.Open(g.Path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Context(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, c.Close()) })
	release, err := c.Bind()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return g, c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeviceIsDescribedAsTheDriverDoes(t *testing.T) {
	g := fakegpu.Use(t)
	d, err := cuda.Open(g.Path)
	must(t, err)
	info, err := d.Device(0)
	must(t, err)
	want := cuda.Info{Name: fakegpu.Name, PCIBus: "0000:01:00.0", MemoryBytes: 4 << 30, Compute: [2]int{9, 0}, Multiprocessors: 4, CopyEngines: 2}
	if info != want {
		t.Errorf("%+v, want %+v", info, want)
	}
	if v, err := d.Version(); v != "13.0" || err != nil {
		t.Errorf("version %q, %v", v, err)
	}
	if _, err := d.Device(3); err == nil || !strings.Contains(err.Error(), "GPU 3: this machine has 1, numbered from 0") {
		t.Errorf("GPU 3: %v", err)
	}
}

func TestNoDeviceIsToldApart(t *testing.T) {
	g := fakegpu.Use(t)
	g.Devices(0)
	if _, err := cuda.Open(g.Path); !errors.Is(err, cuda.ErrNoDevice) {
		t.Errorf("error %v", err)
	}
}

// Bytes that go to the GPU and back, pinned and not, are the same; events tell the time between.
func TestCopiesThereAndBack(t *testing.T) {
	_, c := bound(t)
	const n = 1000
	buffer, err := c.Alloc(n)
	must(t, err)
	pinned, err := c.AllocPinned(n)
	must(t, err)
	stream, err := c.NewStream()
	must(t, err)
	before, err := c.NewEvent(false)
	must(t, err)
	after, err := c.NewEvent(true)
	must(t, err)

	src, dst := bytes.Repeat([]byte("vsim"), n/4), make([]byte, n)
	must(t, stream.Record(before))
	must(t, stream.ToDevice(buffer.Pointer, src))
	must(t, stream.ToHost(pinned.Bytes, buffer.Pointer))
	must(t, stream.ToHost(dst, buffer.Pointer))
	must(t, stream.Record(after))
	must(t, errors.Join(after.Synchronize(), stream.Synchronize()))
	if !bytes.Equal(src, dst) || !bytes.Equal(src, pinned.Bytes) {
		t.Error("what came back is not what was sent")
	}
	if span, err := after.Since(before); span < 0 || err != nil {
		t.Errorf("span %v, %v", span, err)
	}
	free, total, err := c.MemoryBytes()
	if err != nil || total-free != n {
		t.Errorf("%d of %d free (%v) with %d allocated", free, total, err, n)
	}
	for range 2 { // a second time does nothing
		must(t, errors.Join(before.Close(), after.Close(), stream.Close(), pinned.Free(), buffer.Free()))
	}
}

func TestErrorsAreTheDriversOwnWords(t *testing.T) {
	g, c := bound(t)
	g.Fail("cuMemAlloc_v2", 2, 1)
	b, err := c.Alloc(10)
	must(t, err)
	defer b.Free()
	_, err = c.Alloc(10)
	var e *cuda.Error
	if !errors.As(err, &e) || !errors.Is(err, cuda.ErrOutOfMemory) || err.Error() != "CUDA: cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (out of memory)" {
		t.Errorf("error %v", err)
	}
	if _, err := c.Alloc(5 << 30); !errors.Is(err, cuda.ErrOutOfMemory) {
		t.Errorf("5 GiB on a GPU of 4: %v", err)
	}
}

// A code that the driver has no words for is still told.
func TestUnknownErrorsHaveTheirNumber(t *testing.T) {
	g, c := bound(t)
	g.Fail("cuMemAlloc_v2", 33, 0)
	if _, err := c.Alloc(10); err == nil || !strings.Contains(err.Error(), "CUresult 33") {
		t.Errorf("error %v", err)
	}
}

// The context is the thread's: a call outside Bind is an error, not a crash.
func TestCallsNeedTheContext(t *testing.T) {
	g := fakegpu.Use(t)
	d, err := cuda.Open(g.Path)
	must(t, err)
	c, err := d.Context(0)
	must(t, err)
	must(t, c.Close())
	if _, err := c.Alloc(10); err == nil || !strings.Contains(err.Error(), "CUDA_ERROR_INVALID_CONTEXT") {
		t.Errorf("error %v", err)
	}
	if g.Complaint() == "" {
		t.Error("the fake driver must have complained")
	}
	g.Forgive()
}

func TestKernelsAreFoundByName(t *testing.T) {
	_, c := bound(t)
	m, err := c.LoadModule([]byte("fake cubin sm_90\x00"))
	must(t, err)
	defer m.Close()
	if _, err := m.Kernel("resize_double"); err == nil || !strings.Contains(err.Error(), "CUDA_ERROR_NOT_FOUND") {
		t.Errorf("a kernel that is not there: %v", err)
	}
	if k, err := m.Kernel("resize_single"); k == nil || err != nil {
		t.Error(err)
	}
}

// A lost device fails every later call.
func TestALostDeviceStaysLost(t *testing.T) {
	g, c := bound(t)
	s, err := c.NewStream()
	must(t, err)
	g.Fail("cuStreamSynchronize", 700, 0)
	if err := s.Synchronize(); err == nil || !strings.Contains(err.Error(), "CUDA_ERROR_ILLEGAL_ADDRESS (an illegal memory access was encountered)") {
		t.Errorf("error %v", err)
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "cuStreamDestroy_v2: CUDA_ERROR_ILLEGAL_ADDRESS") {
		t.Errorf("afterwards: %v", err)
	}
	g.Heal()
	must(t, s.Close())
}

func TestMissingSymbolsAreNamed(t *testing.T) {
	fakegpu.Use(t)
	if _, err := cuda.Open(fakegpu.Empty(t)); err == nil || !strings.Contains(err.Error(), "CUDA driver: ") || !strings.Contains(err.Error(), "has no cuCtxSetCurrent, cuDeviceGet, ") {
		t.Errorf("error %v", err)
	}
	if _, err := cuda.Open("/no/such/libcuda.so.1"); err == nil || !strings.Contains(err.Error(), "cannot load /no/such/libcuda.so.1") {
		t.Errorf("error %v", err)
	}
}
