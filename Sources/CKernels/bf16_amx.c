#include "BFloat16.h"
#include "vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                                                \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16,fma"))), \
    apply_to = function)

#define BODY_ID VAE_BF16_AMX
#define BODY_NAME "amx-bf16"
#define BODY_SYMBOL vae_bf16_amx

#define round_32(low, high) ((h32)_mm512_cvtne2ps_pbh((__m512)(high), (__m512)(low)))

// Eight tiles of sixteen rows of 64 bytes.
static void tiles_begin(void) {
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shape.bytes[i] = 64;
        shape.rows[i] = 16;
    }
    _tile_loadconfig(&shape);
}

#define tiles_end() _tile_release()
#define tile_zero(t) _tile_zero(t)
#define tile_load(t, base, bytes) _tile_loadd(t, base, (size_t)(bytes))
#define tile_store(t, base, bytes) _tile_stored(t, base, (size_t)(bytes))
#define tile_dot(sums, left, right) _tile_dpbf16ps(sums, left, right)

#include "bf16.inc"
#include "bf16_tiles.inc"
#include "bf16_table.inc"

#pragma clang attribute pop
#endif
