// A fake of nvJPEG's decoding in two phases: libjpeg-turbo decodes in the first into the pinned buffer, and the second puts
// that into what the fake driver calls device memory. The order of the calls is checked, and that no buffer is used for
// another picture in between.
#include <cstdint>
#include <vector>

#include "fake.h"
#include "jpeg.h"

extern "C" bool fake_device_memory(uintptr_t p, size_t n);

namespace {
enum { invalid = 2, bad = 3, hybrid = 1, gpu_hybrid = 2, baseline = 0xc0, progressive = 0xc2 };
struct decoder {
    int backend;
};
struct parsed {
    const unsigned char *data;
    size_t n;
    int width, height, components, encoding;
};
struct buffer {
    std::vector<unsigned char> bytes;
    bool holds; // a picture, or what the second phase makes one of
};
struct params {
    int format;
};

// encoding is the frame's marker (ITU-T T.81, table B.1), 0 where there is none.
int encoding(const unsigned char *data, size_t n) {
    for (size_t at = 2; at + 4 <= n && data[at] == 0xff; at += 2 + (data[at + 2] << 8 | data[at + 3]))
        if (data[at + 1] >= 0xc0 && data[at + 1] <= 0xc2) return data[at + 1];
    return 0;
}

// room makes a buffer large enough, as the real library does: a call that takes memory, where it has to grow.
int room(buffer *b, size_t n, const char *what) {
    if (b->bytes.size() >= n) return 0;
    if (int code = enter(what)) return code;
    b->bytes.resize(n);
    return 0;
}
template <typename T> int create(const char *kind, T **made) {
    count(kind, 1);
    *made = new T{};
    return 0;
}
template <typename T> int destroy(const char *kind, T *made) {
    count(kind, -1);
    delete made;
    return 0;
}
} // namespace

// state is made and freed as those of batches are.
struct phased : state {
    ::decoder *decoder;
    buffer *pinned, *device;
    parsed *of;   // the picture that the first phase was done for
    bool on_gpu; // it was moved
};

extern "C" {
int nvjpegDecoderCreate(handle *h, int backend, decoder **d) {
    ENTER;
    CHECK(h && (backend == hybrid || backend == gpu_hybrid), invalid);
    create("nvJPEG decoders", d);
    (*d)->backend = backend;
    return 0;
}
int nvjpegDecoderDestroy(decoder *d) {
    ENTER;
    return destroy("nvJPEG decoders", d);
}
int nvjpegDecoderStateCreate(handle *h, decoder *d, state **s) {
    ENTER;
    CHECK(h && d, invalid);
    count("nvJPEG states", 1);
    auto made = new phased{};
    made->decoder = d;
    *s = made;
    return 0;
}
int nvjpegJpegStreamCreate(handle *h, parsed **p) {
    ENTER;
    CHECK(h, invalid);
    return create("nvJPEG streams", p);
}
int nvjpegJpegStreamDestroy(parsed *p) {
    ENTER;
    return destroy("nvJPEG streams", p);
}
int nvjpegJpegStreamParse(handle *h, const unsigned char *data, size_t n, int metadata, int stream, parsed *p) {
    ENTER;
    CHECK(h && data && n && !metadata && !stream && p, invalid);
    int colours = 0;
    *p = parsed{};
    if (!header(data, n, &p->width, &p->height, &colours)) return bad;
    p->data = data, p->n = n, p->components = components_of(colours), p->encoding = encoding(data, n);
    return 0;
}
int nvjpegJpegStreamGetFrameDimensions(parsed *p, unsigned *width, unsigned *height) {
    ENTER;
    CHECK(p && p->data, invalid);
    *width = p->width, *height = p->height;
    return 0;
}
int nvjpegJpegStreamGetComponentsNum(parsed *p, unsigned *n) {
    ENTER;
    CHECK(p && p->data, invalid);
    *n = p->components;
    return 0;
}
int nvjpegJpegStreamGetJpegEncoding(parsed *p, int *e) {
    ENTER;
    CHECK(p && p->data, invalid);
    *e = p->encoding;
    return 0;
}
int nvjpegDecodeParamsCreate(handle *h, params **p) {
    ENTER;
    CHECK(h, invalid);
    return create("nvJPEG parameters", p);
}
int nvjpegDecodeParamsDestroy(params *p) {
    ENTER;
    return destroy("nvJPEG parameters", p);
}
int nvjpegDecodeParamsSetOutputFormat(params *p, int format) {
    ENTER;
    CHECK(p && format == 5, invalid);
    p->format = format;
    return 0;
}
int nvjpegBufferPinnedCreate(handle *h, void *allocator, buffer **b) {
    ENTER;
    CHECK(h && !allocator, invalid);
    return create("nvJPEG pinned buffers", b);
}
int nvjpegBufferPinnedDestroy(buffer *b) {
    ENTER;
    return destroy("nvJPEG pinned buffers", b);
}
int nvjpegStateAttachPinnedBuffer(phased *s, buffer *b) {
    ENTER;
    CHECK(s && b && !s->of, invalid);
    s->pinned = b;
    return 0;
}
int nvjpegBufferDeviceCreate(handle *h, void *allocator, buffer **b) {
    ENTER;
    CHECK(h && !allocator, invalid);
    return create("nvJPEG device buffers", b);
}
int nvjpegBufferDeviceDestroy(buffer *b) {
    ENTER;
    return destroy("nvJPEG device buffers", b);
}
int nvjpegStateAttachDeviceBuffer(phased *s, buffer *b) {
    ENTER;
    CHECK(s && b && !s->of, invalid);
    s->device = b;
    return 0;
}
int nvjpegDecodeJpegHost(handle *h, decoder *d, phased *s, params *how, parsed *p) {
    ENTER;
    CHECK(h && d && s && s->decoder == d && s->pinned && how && how->format == 5 && p && p->data, invalid);
    CHECK(!(d->backend == gpu_hybrid && p->encoding == progressive), invalid);
    if (int code = enter(d->backend == hybrid ? "hybrid nvjpegDecodeJpegHost" : "GPU hybrid nvjpegDecodeJpegHost")) return code;
    if (int code = room(s->pinned, (size_t)3 * p->width * p->height, "nvJPEG takes pinned memory")) return code;
    if (decode(p->data, p->n, p->width, 3 * p->width, p->height, s->pinned->bytes.data())) return bad;
    s->of = p, s->on_gpu = false, s->pinned->holds = true;
    return 0;
}
int nvjpegDecodeJpegTransferToDevice(handle *h, decoder *d, phased *s, parsed *p, void *stream) {
    CHECK(h && d && s && s->decoder == d && stream && s->of == p && s->pinned->holds && s->device, invalid);
    ENTER;
    if (int code = room(s->device, (size_t)3 * p->width * p->height, "nvJPEG takes device memory")) return code;
    memcpy(s->device->bytes.data(), s->pinned->bytes.data(), (size_t)3 * p->width * p->height);
    s->pinned->holds = false, s->device->holds = s->on_gpu = true;
    return 0;
}
int nvjpegDecodeJpegDevice(handle *h, decoder *d, phased *s, image *to, void *stream) {
    CHECK(h && d && s && s->decoder == d && stream && s->of && s->on_gpu && s->device->holds, invalid);
    parsed *p = s->of;
    s->of = nullptr, s->device->holds = false;
    ENTER;
    CHECK(fake_device_memory((uintptr_t)to->channel[0], to->pitch[0] * p->height) && (int)to->pitch[0] >= 3 * p->width, invalid);
    for (int y = 0; y < p->height; y++) memcpy(to->channel[0] + y * to->pitch[0], s->device->bytes.data() + (size_t)y * 3 * p->width, 3 * p->width);
    return 0;
}
}
