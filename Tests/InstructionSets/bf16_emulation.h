// What the bfloat16 instructions compute, in plain C (Intel SDM, VCVTNE2PS2BF16, VDPBF16PS and TDPBF16PS): values
// below 2⁻¹²⁶ count as zero, on the way in and out, and all rounding is to nearest even.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "../../Sources/CKernels/vectors.h"

static inline uint32_t bits_of(float x) {
    uint32_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static inline float float_of(uint32_t b) {
    float x;
    memcpy(&x, &b, sizeof x);
    return x;
}

static inline float flushed(float x) { return bits_of(x) & 0x7f800000 ? x : float_of(bits_of(x) & 0x80000000); }

static inline uint16_t rounded(float x) {
    uint32_t b = bits_of(flushed(x));
    if (x != x) return (uint16_t)(b >> 16 | 0x40);
    return (uint16_t)((b + 0x7fff + (b >> 16 & 1)) >> 16);
}

static inline float widened(uint32_t half) { return flushed(float_of(half << 16)); }

// One half of a pair's product, added.
static inline float added(float sum, uint32_t x, uint32_t w, int half) {
    float a = widened(x >> 16 * half & 0xffff), b = widened(w >> 16 * half & 0xffff);
    return flushed(fmaf(a, b, flushed(sum)));
}

typedef uint16_t halves __attribute__((ext_vector_type(32)));

INLINE halves round_both(v16 low, v16 high) {
    halves h;
    for (int i = 0; i < CHUNK; i++) {
        h[i] = rounded(low[i]);
        h[i + CHUNK] = rounded(high[i]);
    }
    return h;
}
