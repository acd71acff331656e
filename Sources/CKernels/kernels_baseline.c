// What every machine of the architecture runs: SSE2 on x86-64 (product and sum rounded apart), NEON on arm64, and in a
// page WebAssembly's vectors, plain (product and sum rounded apart) or relaxed (fused where the machine fuses).
#include "vectors.h"

#if defined(__aarch64__)
#define ISA_ID VAE_ISA_NEON
#define ISA_NAME "neon"
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define TALLEST_TILE 6  // 24 of 32 registers
#define SHORT_ROWS_2 3
#define PEAK_SUMS 6
#elif defined(__wasm_relaxed_simd__)
INLINE __attribute__((overloadable)) v16 relaxed_fma(v16 a, v16 b, v16 c) {
    v16 sum;
#define QUARTER(four) sum.four = __builtin_wasm_relaxed_madd_f32x4(a.four, b.four, c.four);
    QUARTER(s0123) QUARTER(s4567) QUARTER(s89ab) QUARTER(scdef)
#undef QUARTER
    return sum;
}
INLINE __attribute__((overloadable)) float relaxed_fma(float a, float b, float c) {
    return relaxed_fma((v16)a, (v16)b, (v16)c)[0];
}
#define ISA_ID VAE_ISA_BASELINE
#define ISA_NAME "relaxed"
#define FMA(a, b, c) relaxed_fma(a, b, c)
#define TALLEST_TILE 3
#define SHORT_ROWS_2 1
#define PEAK_SUMS 3
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
