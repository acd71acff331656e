// Which body this machine runs.
#include <stddef.h>

#include "CKernels.h"

extern const vae_kernels vae_kernels_baseline, vae_kernels_avx2, vae_kernels_avx512;

vae_isa vae_best_isa(void) {
#if defined(__aarch64__)
    return VAE_ISA_NEON;
#elif defined(__wasm__)
    return VAE_ISA_BASELINE;
#else
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq")) {
        return VAE_ISA_AVX512;
    }
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? VAE_ISA_AVX2 : VAE_ISA_BASELINE;
#endif
}

const vae_kernels *vae_kernels_for(vae_isa isa) {
    if (isa > vae_best_isa()) return NULL;
    switch (isa) {
#if defined(__aarch64__)
        case VAE_ISA_NEON: return &vae_kernels_baseline;
#else
        case VAE_ISA_BASELINE: return &vae_kernels_baseline;
#endif
#if defined(__x86_64__)
        case VAE_ISA_AVX2: return &vae_kernels_avx2;
        case VAE_ISA_AVX512: return &vae_kernels_avx512;
#endif
        default: return NULL;
    }
}
