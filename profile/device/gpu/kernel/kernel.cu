// Resizes decoded pictures to the size that a model reads and normalises them, a whole batch in one
// launch: bilinear interpolation between the four nearest pixel centres, then normalised, as
// package preprocess does on the CPU (which rounds the resized picture to 8 bits in between).
//
// Written for NVRTC. The tests compile this very text for the CPU, too, to see what it computes.

// picture is nvjpeg.Picture.
struct picture {
    unsigned long long pixels; // red, green, blue, red, ...; rows without padding
    int width, height;         // in pixels
};

// A value is stored as float or as the bits of a half.
struct single {
    float *out;
    __device__ void put(long long i, float v) const { out[i] = v; }
};

struct half {
    unsigned short *out;
    __device__ void put(long long i, float v) const {
        unsigned short bits;
#ifdef __CUDACC__
        asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(v)); // without cuda_fp16.h, which NVRTC does not bring along
#else
        bits = half_bits(v);
#endif
        out[i] = bits;
    }
};

// span is where one output pixel lies along an axis: between the source pixels low and high, weight
// being the part of the latter.
struct span {
    int low, high;
    float weight;
};

__device__ span locate(int i, int out, int in) {
    float at = (i + 0.5f) * in / out - 0.5f;
    float below = floorf(at);
    int low = (int)below;
    span s = {min(max(low, 0), in - 1), min(max(low + 1, 0), in - 1), at - below};
    return s;
}

struct byte {
    unsigned char *out;
    __device__ void put(long long i, float v) const { out[i] = (unsigned char)min(max((int)floorf(v + 0.5f), 0), 255); }
};

// affine is what becomes of each channel of the model: colour says which of red, green and blue it is, and v of that
// becomes v*scale + shift. With interleaved the channels of a pixel lie together: [pictures, height, width, 3].
struct affine {
    float scale[3], shift[3];
    int colour[3], interleaved;
};

// A thread makes one pixel of one picture. out is [pictures, 3, height, width] unless interleaved.
template <typename T>
__device__ void resize(const picture *pictures, T out, int width, int height, const affine &by) {
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y, n = blockIdx.z;
    if (x >= width || y >= height) return;
    picture p = pictures[n];
    const unsigned char *pixels = (const unsigned char *)p.pixels;
    span column = locate(x, width, p.width), row = locate(y, height, p.height);
    const unsigned char *top = pixels + 3ll * row.low * p.width, *bottom = pixels + 3ll * row.high * p.width;
    for (int c = 0; c < 3; c++) {
        int left = 3 * column.low + by.colour[c], right = 3 * column.high + by.colour[c];
        float above = top[left] + (top[right] - top[left]) * column.weight;
        float below = bottom[left] + (bottom[right] - bottom[left]) * column.weight;
        float v = above + (below - above) * row.weight;
        long long at = by.interleaved ? ((n * 1ll * height + y) * width + x) * 3 + c : ((n * 3ll + c) * height + y) * width + x;
        out.put(at, v * by.scale[c] + by.shift[c]);
    }
}

extern "C" __global__ void resize_single(const picture *pictures, float *out, int width, int height, affine by) {
    single values = {out};
    resize(pictures, values, width, height, by);
}

extern "C" __global__ void resize_half(const picture *pictures, unsigned short *out, int width, int height, affine by) {
    half values = {out};
    resize(pictures, values, width, height, by);
}

extern "C" __global__ void resize_byte(const picture *pictures, unsigned char *out, int width, int height, affine by) {
    byte values = {out};
    resize(pictures, values, width, height, by);
}
