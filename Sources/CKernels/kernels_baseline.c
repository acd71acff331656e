// What every machine of the architecture runs: SSE2 on x86-64 (product and sum rounded apart), NEON on arm64.
#include "vectors.h"

#if defined(__aarch64__)
#define ISA_ID VAE_ISA_NEON
#define ISA_NAME "neon"
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define TALLEST_TILE 6  // 24 of 32 registers
#define SHORT_ROWS_2 3
#define PEAK_SUMS 6
#else
#define ISA_ID VAE_ISA_BASELINE
#define ISA_NAME "baseline"
#define FMA(a, b, c) ((a) * (b) + (c))
#define TALLEST_TILE 3  // 12 of 16 registers
#define SHORT_ROWS_2 1
#define PEAK_SUMS 3
#endif
#define WIDE_PANELS 1
#define ISA_SYMBOL vae_kernels_baseline

#include "kernels.inc"
