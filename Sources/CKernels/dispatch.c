// Which body this machine runs, and what all bodies share.
#define _GNU_SOURCE
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

#include "CKernels.h"

extern const vae_kernels vae_kernels_baseline, vae_kernels_avx2, vae_kernels_avx512;

vae_isa vae_best_isa(void) {
#if defined(__aarch64__)
    return VAE_ISA_NEON;
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
        case VAE_ISA_AVX2: return &vae_kernels_avx2;
        case VAE_ISA_AVX512: return &vae_kernels_avx512;
#endif
        default: return NULL;
    }
}

int32_t vae_available_cores(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (int32_t)count;
}

void vae_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}
