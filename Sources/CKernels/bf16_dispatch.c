// Which body for bfloat16 this machine runs.
#define _GNU_SOURCE
#include <stddef.h>

#include "BFloat16.h"

#if defined(__x86_64__)
#include <cpuid.h>

extern const vae_bf16_kernels vae_bf16_avx512, vae_bf16_amx;

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

// The kernel keeps room for tiles only for a process that asks; its threads inherit the permission.
static int may_use_tiles(void) {
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };  // asm/prctl.h, which may be older than the kernel
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    int tiles = d >> 24 & 1, products = d >> 22 & 1;
    return tiles && products && syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}
#else
static int may_use_tiles(void) { return 0; }
#endif

const vae_bf16_kernels *vae_bf16_for(vae_bf16_body body) {
    __builtin_cpu_init();
    if (vae_best_isa() != VAE_ISA_AVX512 || !__builtin_cpu_supports("avx512bf16")) return NULL;
    switch (body) {
        case VAE_BF16_AVX512: return &vae_bf16_avx512;
        case VAE_BF16_AMX: return may_use_tiles() ? &vae_bf16_amx : NULL;
        default: return NULL;
    }
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
