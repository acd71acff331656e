// The AVX-512 body's tiles and order of sums, compiled to AVX2 instructions: its bits, on machines without AVX-512.
#include "../../Sources/CKernels/vectors.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define ISA_ID VAE_ISA_AVX512
#define ISA_NAME "avx512 tiles on avx2"
#define ISA_SYMBOL vae_kernels_wide_on_avx2
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define TALLEST_TILE 6
#define SHORT_ROWS_2 6
#define WIDE_PANELS 4
#define PEAK_SUMS 12

#include "../../Sources/CKernels/kernels.inc"

#pragma clang attribute pop
#endif
