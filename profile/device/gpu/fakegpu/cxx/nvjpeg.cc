// A fake nvJPEG, which decodes with libjpeg-turbo into what the fake driver calls device memory.
#include <cstdint>

#include "fake.h"
#include "jpeg.h"

extern "C" bool fake_device_memory(uintptr_t p, size_t n);

namespace {
enum { invalid = 2, bad = 3, execution_failed = 6, arch_mismatch = 7, hardware = 3 };
int engines;
} // namespace

extern "C" {
static bool from_environment = [] {
    engines = setting("FAKE_ENGINES", 0);
    if (const char *path = getenv("FAKE_TURBOJPEG")) turbo = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return true;
}();

void fake_turbo(const char *path) { turbo = dlopen(path, RTLD_NOW | RTLD_LOCAL); }
void fake_engines(int n) { engines = n; }

int nvjpegGetProperty(int property, int *v) {
    ENTER;
    CHECK(property >= 0 && property <= 2, invalid);
    *v = property == 0 ? 13 : 0;
    return 0;
}
int nvjpegCreateEx(int backend, void *dev, void *pinned, unsigned flags, handle **h) {
    ENTER;
    CHECK(backend >= 0 && backend <= 6 && !dev && !pinned && flags == 32, invalid);
    if (backend == 3 && !engines) return arch_mismatch;
    count("nvJPEG handles", 1);
    *h = new handle{backend};
    return 0;
}
int nvjpegDestroy(handle *h) {
    ENTER;
    count("nvJPEG handles", -1);
    delete h;
    return 0;
}
int nvjpegGetHardwareDecoderInfo(handle *h, unsigned *n, unsigned *cores) {
    ENTER;
    CHECK(h, invalid);
    *n = engines, *cores = engines ? 1 : 0;
    return 0;
}
int nvjpegJpegStateCreate(handle *h, state **s) {
    ENTER;
    CHECK(h, invalid);
    count("nvJPEG states", 1);
    *s = new state{};
    return 0;
}
int nvjpegJpegStateDestroy(state *s) {
    ENTER;
    count("nvJPEG states", -1);
    delete s;
    return 0;
}
int nvjpegGetImageInfo(handle *h, const unsigned char *data, size_t n, int *components, int *subsampling, int *widths, int *heights) {
    ENTER;
    CHECK(h && data && n, invalid);
    int colours = 0;
    if (!header(data, n, &widths[0], &heights[0], &colours)) return bad;
    *components = components_of(colours);
    return 0;
}
int nvjpegDecodeBatchedInitialize(handle *h, state *s, int batch, int threads, int format) {
    ENTER;
    CHECK(h && s && batch > 0 && threads > 0 && format == 5, invalid);
    s->batch = batch, s->threads = threads, s->broken = false;
    note(("nvJPEG initialised: batch " + std::to_string(batch)).c_str());
    return 0;
}
int nvjpegDecodeBatched(handle *h, state *s, const unsigned char *const *data, const size_t *lengths, image *images, void *stream) {
    CHECK(h && s && s->batch && stream, invalid);
    CHECK(!s->broken, execution_failed);
    if (int code = enter(__func__)) {
        s->broken = code > 0;
        return code < 0 ? 0 : code;
    }
    s->broken = true;
    if (h->backend == hardware)
        if (int code = enter("hardware nvjpegDecodeBatched")) return code;
    for (int i = 0; i < s->batch; i++) {
        int width, height, colours;
        if (!header(data[i], lengths[i], &width, &height, &colours)) return bad;
        CHECK(fake_device_memory((uintptr_t)images[i].channel[0], images[i].pitch[0] * height), invalid);
        CHECK((int)images[i].pitch[0] >= 3 * width, invalid);
        if (decode(data[i], lengths[i], width, (int)images[i].pitch[0], height, images[i].channel[0])) return bad;
    }
    s->broken = false;
    return 0;
}
}
