// What the fakes of nvJPEG's decoding, in one call and in two phases, share.
#pragma once
#include <cstddef>
#include <dlfcn.h>

struct handle {
    int backend;
};
struct state {
    int batch, threads;
    bool broken; // a batch has failed: it must be initialised again
    virtual ~state() = default;
};
struct image {
    unsigned char *channel[4];
    size_t pitch[4];
};

inline void *turbo; // libjpeg-turbo
template <typename F> F turbo_function(const char *name) { return (F)dlsym(turbo, name); }

// header reads a file's size through libjpeg-turbo.
inline bool header(const unsigned char *data, size_t n, int *width, int *height, int *colours) {
    void *tj = turbo_function<void *(*)()>("tjInitDecompress")();
    int subsampling;
    int rc = turbo_function<int (*)(void *, const unsigned char *, unsigned long, int *, int *, int *, int *)>("tjDecompressHeader3")(
        tj, data, n, width, height, &subsampling, colours);
    turbo_function<int (*)(void *)>("tjDestroy")(tj);
    return !rc;
}

// components_of is how many a file of such colours has (TJCS_GRAY, TJCS_CMYK).
inline int components_of(int colours) { return colours == 2 ? 1 : colours >= 3 ? 4 : 3; }

// decode makes red, green, blue, red, ... of a file; 0 where that went well.
inline int decode(const unsigned char *data, size_t n, int width, int pitch, int height, unsigned char *to) {
    void *tj = turbo_function<void *(*)()>("tjInitDecompress")();
    int rc = turbo_function<int (*)(void *, const unsigned char *, unsigned long, unsigned char *, int, int, int, int, int)>(
        "tjDecompress2")(tj, data, n, to, width, pitch, height, 0 /* TJPF_RGB */, 8192 /* TJFLAG_STOPONWARNING */);
    turbo_function<int (*)(void *)>("tjDestroy")(tj);
    return rc;
}
