#include "BFloat16.h"
#include "vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma"))), \
                             apply_to = function)

#define BODY_ID VAE_BF16_AVX512
#define BODY_NAME "avx512-bf16"
#define BODY_SYMBOL vae_bf16_avx512

#define round_32(low, high) ((h32)_mm512_cvtne2ps_pbh((__m512)(high), (__m512)(low)))
#define dot(sums, x, w) ((v16)_mm512_dpbf16_ps((__m512)(sums), (__m512bh)(x), (__m512bh)(w)))

#include "bf16.inc"
#include "bf16_vectors.inc"
#include "bf16_table.inc"

#pragma clang attribute pop
#endif
