// Which body for bfloat16 this machine runs.
#include <stddef.h>

#include "BFloat16.h"

#if defined(__x86_64__)
extern const vae_bf16_kernels vae_bf16_avx512;

const vae_bf16_kernels *vae_bf16_for(vae_bf16_body body) {
    if (body != VAE_BF16_AVX512 || vae_best_isa() != VAE_ISA_AVX512) return NULL;
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bf16") ? &vae_bf16_avx512 : NULL;
}
#else
const vae_bf16_kernels *vae_bf16_for(vae_bf16_body body) {
    (void)body;
    return NULL;
}
#endif

const vae_bf16_kernels *vae_bf16_best(void) {
    const vae_bf16_kernels *widest = vae_bf16_for(VAE_BF16_AMX);
    return widest ? widest : vae_bf16_for(VAE_BF16_AVX512);
}
