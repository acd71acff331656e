// The matrix blocks on bfloat16 inputs: products of pairs, summed in Float32.
//
// Inputs are rounded to nearest even, values below 2⁻¹²⁶ count as zero, and sums stay in Float32. Within one body every
// result is a fixed sequence of roundings; between bodies the order within a sum differs, and so do last places.
#pragma once

#include <stdint.h>

#include "CKernels.h"

typedef enum {
    VAE_BF16_AVX512 = 1,  // AVX512-BF16: VDPBF16PS
    VAE_BF16_AMX = 2,     // AMX-BF16: TDPBF16PS
} vae_bf16_body;

// One side of a matrix block: rows of bfloat16 at `base + rows[i]`, readable 64 bytes past each row's end. A row of odd
// depth is multiplied with the value behind it too, by zero: that value must be finite.
typedef struct {
    const uint16_t *base;
    const int32_t *rows;
} vae_bf16_rows;

typedef struct {
    vae_bf16_body body;
    const char *name;

    void (*round)(uint16_t *out, const float *in, int64_t count);
    // Panels of W_t[k][n] = w[t · tap + k · row + n · column], two k side by side in a word: panels of
    // [taps][⌈depth/2⌉][VAE_PANEL] words, the last ones filled up with zeros.
    void (*pack)(uint32_t *packed, const float *w, int32_t taps, int64_t tap, int32_t depth, int64_t row,
                 int32_t columns, int64_t column);
    // As their namesakes in Float32.
    void (*gather)(vae_rows c, vae_bf16_rows a, int32_t rows, const uint32_t *packed, int32_t taps,
                   const int32_t *offsets, int32_t depth, int32_t columns, vae_start start, const float *bias);
    void (*scatter)(vae_rows c, vae_bf16_rows a, int32_t rows, const uint32_t *packed, int32_t taps,
                    const int32_t *offsets, int32_t depth, int32_t columns);
    void (*weight_gradient)(float *dw, vae_bf16_rows a, vae_bf16_rows d, int32_t rows, int32_t taps,
                            const int32_t *offsets, int32_t depth, int32_t columns, int32_t accumulate);
    void (*winograd_window)(uint16_t *planes, int64_t plane, const float *big, vae_tiles tiles);
    void (*winograd_tile_adjoint)(uint16_t *planes, int64_t plane, const float *small, vae_tiles tiles);
    // Products of pairs on registers only. Returns FLOPs done.
    double (*peak)(int64_t iterations, float *sink);
} vae_bf16_kernels;

// The fastest body that this CPU and its operating system offer; null where there is none.
const vae_bf16_kernels *vae_bf16_best(void);
// Null where this CPU cannot run it.
const vae_bf16_kernels *vae_bf16_for(vae_bf16_body body);
