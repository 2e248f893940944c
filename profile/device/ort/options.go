package ort

import (
	"cmp"
	"fmt"
	"runtime"
	"strconv"
	"unsafe"

	"vsim/profile/device/dl"
)

// CUDA says how a session runs on a GPU.
type CUDA struct {
	Device int     // number of the GPU
	Stream uintptr // CUstream that all of its work is put into
	TF32   bool    // products of float32 matrices in the 19 bits of TF32, where the GPU has it
	Graph  bool    // record a batch size's launches once, then launch them as one CUDA graph
}

// values are the provider's options. What is not here is fixed: convolution algorithms by cuDNN's
// heuristics, as PyTorch picks them, instead of by trying all at every new batch size; memory taken as
// it is needed, so that what an instance needs can be told.
func (c *CUDA) values() (keys, values []string) {
	for _, o := range [][2]string{
		{"device_id", strconv.Itoa(c.Device)},
		{"use_tf32", bit(c.TF32)},
		{"enable_cuda_graph", bit(c.Graph)},
		{"cudnn_conv_algo_search", "HEURISTIC"},
		{"arena_extend_strategy", "kSameAsRequested"},
	} {
		keys, values = append(keys, o[0]), append(values, o[1])
	}
	return keys, values
}

func bit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// sessionOptions makes the options of a session, on the CPU where cuda is nil. They are those of package
// infer: one thread, sequential, idle threads asleep, every graph optimisation.
func (r *Runtime) sessionOptions(cuda *CUDA) (options uintptr, err error) {
	if err := r.call(createSessionOptions, uintptr(unsafe.Pointer(&options))); err != nil {
		return 0, err
	}
	const sequential, enableAll = 0, 99 // ORT_SEQUENTIAL, ORT_ENABLE_ALL
	err = cmp.Or(
		r.call(setIntraOpNumThreads, options, 1),
		r.call(setInterOpNumThreads, options, 1),
		r.call(setSessionExecutionMode, options, sequential),
		r.call(setGraphOptimizationLevel, options, enableAll),
		r.call(setSessionLogSeverityLevel, options, loggingFatal),
		r.entry(addSessionConfigEntry, options, "session.intra_op.allow_spinning", "0"),
	)
	if err == nil && cuda != nil {
		if err = r.appendCUDA(options, cuda); err != nil {
			err = fmt.Errorf("%w; vsim doctor says what the CUDA provider lacks", err)
		}
	}
	if err != nil {
		r.release(releaseSessionOptions, &options)
	}
	return options, err
}

// entry sets a key of session or run options.
func (r *Runtime) entry(f function, options uintptr, key, value string) error {
	return r.call(f, options, uintptr(unsafe.Pointer(dl.CString(key))), uintptr(unsafe.Pointer(dl.CString(value))))
}

// appendCUDA lets a session run on the GPU. Here ONNX Runtime loads the provider's library, and says it
// when that, or a library that it needs, cannot be loaded.
func (r *Runtime) appendCUDA(options uintptr, cuda *CUDA) error {
	var provider uintptr
	if err := r.call(createCUDAProviderOptions, uintptr(unsafe.Pointer(&provider))); err != nil {
		return err
	}
	defer r.release(releaseCUDAProviderOptions, &provider)
	keys, values := cuda.values()
	k, v := cStrings(keys), cStrings(values)
	err := r.call(updateCUDAProviderOptions, provider, uintptr(unsafe.Pointer(&k[0])), uintptr(unsafe.Pointer(&v[0])), uintptr(len(k)))
	runtime.KeepAlive(k)
	runtime.KeepAlive(v)
	if err != nil {
		return err
	}
	if err := r.call(updateCUDAProviderOptionsWithValue, provider, uintptr(unsafe.Pointer(dl.CString("user_compute_stream"))), cuda.Stream); err != nil {
		return err
	}
	return r.call(appendExecutionProviderCUDA, options, provider)
}

func cStrings(texts []string) []*byte {
	out := make([]*byte, len(texts))
	for i, t := range texts {
		out[i] = dl.CString(t)
	}
	return out
}
