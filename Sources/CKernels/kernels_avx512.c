#include "vectors.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)

#define ISA_ID VAE_ISA_AVX512
#define ISA_NAME "avx512"
#define ISA_SYMBOL vae_kernels_avx512
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define TALLEST_TILE 6  // × 4 panels: 24 of 32 registers
#define SHORT_ROWS_2 6
#define WIDE_PANELS 4
#define PEAK_SUMS 12

#include <immintrin.h>

// Sixteen floats of a table, by their places.
#define PERMUTES
INLINE v16 permute(v16 table, i16 place) { return (v16)_mm512_permutexvar_ps((__m512i)place, (__m512)table); }

#include "kernels.inc"

#pragma clang attribute pop
#endif
