// Package ort runs models on ONNX Runtime in a GPU's memory and in a stream of the caller's. Models on the
// CPU are package infer's, on github.com/yalue/onnxruntime_go. That binding (looked at: v1.27.0) cannot do
// what a GPU takes, because it lacks:
//
//   - CreateMemoryInfo of a device and CreateTensorWithDataAsOrtValue of an address: its tensors are Go
//     slices in host memory, so input and output would cross the link in every run;
//   - AddRunConfigEntry, and run options in RunWithBinding: without disable_synchronize_execution_providers
//     every run waits for the GPU, and nothing can be put into the stream behind it; without gpu_graph_id
//     batch sizes cannot have a CUDA graph each;
//   - the addresses of its session and its IoBinding, which are private: this package cannot bind memory
//     to a session that was made there, and has to make its own.
//
// It also needs cgo, and keeps one library in a process. So this package calls the forty functions of ONNX
// Runtime's C API that a session on a GPU takes, through purego, and no more: it knows one input and one
// set of options. A session without a GPU is for the answer that a GPU's is checked against. Both packages may have the library open:
// ONNX Runtime has one environment in a process.
package ort

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"vsim/profile/device/dl"
)

// function is a place in the table of functions OrtApi (onnxruntime_c_api.h), which only ever grows at
// its end.
type function int

const (
	getErrorMessage                    function = 2
	createEnv                          function = 3
	createSession                      function = 7
	createSessionOptions               function = 10
	setSessionExecutionMode            function = 13
	setSessionLogSeverityLevel         function = 22
	setGraphOptimizationLevel          function = 23
	setIntraOpNumThreads               function = 24
	setInterOpNumThreads               function = 25
	sessionGetInputCount               function = 30
	sessionGetOutputCount              function = 31
	sessionGetInputTypeInfo            function = 33
	sessionGetOutputTypeInfo           function = 34
	sessionGetInputName                function = 36
	sessionGetOutputName               function = 37
	createRunOptions                   function = 39
	createTensorWithDataAsOrtValue     function = 49
	getTensorMutableData               function = 51
	castTypeInfoToTensorInfo           function = 55
	getTensorElementType               function = 60
	getDimensionsCount                 function = 61
	getDimensions                      function = 62
	getTensorTypeAndShape              function = 65
	createMemoryInfo                   function = 68
	allocatorFree                      function = 76
	getAllocatorWithDefaultOptions     function = 78
	releaseStatus                      function = 93
	releaseMemoryInfo                  function = 94
	releaseSession                     function = 95
	releaseValue                       function = 96
	releaseRunOptions                  function = 97
	releaseTypeInfo                    function = 98
	releaseTensorTypeAndShapeInfo      function = 99
	releaseSessionOptions              function = 100
	addSessionConfigEntry              function = 130
	runWithBinding                     function = 133
	createIoBinding                    function = 134
	releaseIoBinding                   function = 135
	bindInput                          function = 136
	bindOutput                         function = 137
	bindOutputToDevice                 function = 138
	getBoundOutputValues               function = 140
	addRunConfigEntry                  function = 165
	appendExecutionProviderCUDA        function = 204 // SessionOptionsAppendExecutionProvider_CUDA_V2
	createCUDAProviderOptions          function = 205
	updateCUDAProviderOptions          function = 206
	releaseCUDAProviderOptions         function = 208
	updateCUDAProviderOptionsWithValue function = 263
	lastFunction                                = updateCUDAProviderOptionsWithValue
	apiVersion                                  = 17 // of OrtApi, which has all of them; ONNX Runtime 1.17 or newer
	loggingFatal                                = 4  // ORT_LOGGING_LEVEL_FATAL: errors come back as errors, their lines would land in a report
	pointerSize                                 = unsafe.Sizeof(uintptr(0))
)

// Runtime is the loaded library. It stays loaded until the process ends.
type Runtime struct {
	Version   string // such as "1.29.0"
	table     []uintptr
	env       uintptr
	allocator uintptr
}

// Open loads the library at path, see native.Find.
func Open(path string) (*Runtime, error) {
	lib, err := dl.Open("ONNX Runtime", path, "OrtGetApiBase")
	if err != nil {
		return nil, err
	}
	base := (*[2]uintptr)(dl.At(lib.Call("OrtGetApiBase"))) // OrtApiBase: GetApi, GetVersionString
	if base == nil {
		return nil, fmt.Errorf("ONNX Runtime: %s gives no API", path)
	}
	r := &Runtime{Version: dl.String(dl.CallAt(base[1]))}
	api := dl.CallAt(base[0], apiVersion)
	if api == 0 {
		return nil, fmt.Errorf("ONNX Runtime: %s is version %s, 1.%d or newer is needed", path, r.Version, apiVersion)
	}
	r.table = unsafe.Slice((*uintptr)(dl.At(api)), lastFunction+1)
	return r, cmp.Or(
		r.call(createEnv, loggingFatal, uintptr(unsafe.Pointer(dl.CString("vsim"))), uintptr(unsafe.Pointer(&r.env))),
		r.call(getAllocatorWithDefaultOptions, uintptr(unsafe.Pointer(&r.allocator))),
	)
}

// call calls a function that gives an OrtStatus; the error is its text.
//
//go:uintptrescapes
func (r *Runtime) call(f function, args ...uintptr) error {
	status := dl.CallAt(r.table[f], args...)
	if status == 0 {
		return nil
	}
	text := dl.String(dl.CallAt(r.table[getErrorMessage], status))
	dl.CallAt(r.table[releaseStatus], status)
	return errors.New("ONNX Runtime: " + strings.ReplaceAll(text, "\n", " "))
}

// release calls a function that frees an object; nothing for the address 0.
func (r *Runtime) release(f function, object *uintptr) {
	if *object != 0 {
		dl.CallAt(r.table[f], *object)
		*object = 0
	}
}
