#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#define LOOPS vae_pixel_loops_avx512
#include "loops.inc"

#pragma clang attribute pop
#endif
