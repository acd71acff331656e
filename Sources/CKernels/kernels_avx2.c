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
#define WIDE 8

#include <immintrin.h>

// Eight floats of a table, by their places.
#define PERMUTES_EIGHT
typedef float v8 __attribute__((ext_vector_type(8)));
typedef uint8_t b8 __attribute__((ext_vector_type(8)));
typedef int32_t i8 __attribute__((ext_vector_type(8)));
INLINE v8 permute_8(v8 table, i8 place) { return (v8)_mm256_permutevar8x32_ps((__m256)table, (__m256i)place); }

#include "kernels.inc"

#pragma clang attribute pop
#endif
