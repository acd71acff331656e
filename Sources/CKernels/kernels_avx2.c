#include "vectors.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define ISA_ID VAE_ISA_AVX2
#define ISA_NAME "avx2"
#define ISA_SYMBOL vae_kernels_avx2
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define TALLEST_TILE 6  // 12 of 16 registers
#define SHORT_ROWS_2 3
#define WIDE_PANELS 1
#define PEAK_SUMS 6

#include <immintrin.h>

// Each of sixteen floats of a table, by its place; `below` where that is eight or more.
#define PERMUTES
INLINE __m256 permute_half(v16 table, __m256i place, __m256i below) {
    __m256 above = _mm256_permutevar8x32_ps((__m256)table.lo, place);
    return _mm256_blendv_ps(above, _mm256_permutevar8x32_ps((__m256)table.hi, place), (__m256)below);
}
INLINE v16 permute(v16 table, i16 place, i16 below) {
    v16 values;
    values.lo = permute_half(table, (__m256i)place.lo, (__m256i)below.lo);
    values.hi = permute_half(table, (__m256i)place.hi, (__m256i)below.hi);
    return values;
}

#include "kernels.inc"

#pragma clang attribute pop
#endif
