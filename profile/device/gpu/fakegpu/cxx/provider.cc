// A library with nothing in it, in the place of ONNX Runtime's CUDA provider.
extern "C" int fake_provider() { return 0; }
