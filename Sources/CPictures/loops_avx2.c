#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#define LOOPS vae_pixel_loops_avx2
#include "loops.inc"

#pragma clang attribute pop
#endif
