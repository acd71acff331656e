// The AVX512-BF16 body over its instructions written in C.
#include "../../Sources/CKernels/vectors.h"
#include "bf16_emulation.h"

#define BODY_ID VAE_BF16_AVX512
#define BODY_NAME "avx512-bf16 in C"
#define BODY_SYMBOL vae_bf16_vectors_in_c

#define round_32(low, high) round_both(low, high)
#define dot(sums, x, w) dot_pairs(sums, x, w)

typedef uint32_t pairs __attribute__((ext_vector_type(16)));

// The upper half of a pair is added first.
INLINE v16 dot_pairs(v16 sums, pairs x, pairs w) {
    for (int i = 0; i < CHUNK; i++) sums[i] = added(added(sums[i], x[i], w[i], 1), x[i], w[i], 0);
    return sums;
}

#include "../../Sources/CKernels/bf16.inc"
#include "../../Sources/CKernels/bf16_vectors.inc"
#include "../../Sources/CKernels/bf16_table.inc"
