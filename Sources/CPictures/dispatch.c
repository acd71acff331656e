// Which loops this machine runs.
#include "CPictures.h"

extern const vae_pixel_loops vae_pixel_loops_baseline, vae_pixel_loops_avx2, vae_pixel_loops_avx512;

const vae_pixel_loops *vae_pixel_loops_for(vae_pixels_isa isa) {
    switch (isa) {
        case VAE_PIXELS_BASELINE: return &vae_pixel_loops_baseline;
#if defined(__x86_64__)
        case VAE_PIXELS_AVX2: return __builtin_cpu_supports("avx2") ? &vae_pixel_loops_avx2 : NULL;
        case VAE_PIXELS_AVX512:
            return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
                       ? &vae_pixel_loops_avx512
                       : NULL;
#endif
        default: return NULL;
    }
}
