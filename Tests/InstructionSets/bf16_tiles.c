// The AMX body over tiles written in C: its addressing, its tails and its order of sums, on any machine.
#include "../../Sources/CKernels/vectors.h"
#include "bf16_emulation.h"

#define BODY_ID VAE_BF16_AMX
#define BODY_NAME "amx-bf16 in C"
#define BODY_SYMBOL vae_bf16_tiles_in_c

#define round_32(low, high) round_both(low, high)
static uint32_t tiles[8][16][16];
static int in_use;

static void tiles_begin(void) {
    in_use = 1;
    memset(tiles, 0xff, sizeof tiles);  // NaN: a tile that is not written shows
}
static void tiles_end(void) { in_use = 0; }
static void tile_zero(int t) { memset(tiles[t], 0, sizeof tiles[t]); }
static void tile_load(int t, const void *base, int64_t bytes) {
    for (int i = 0; i < 16; i++) memcpy(tiles[t][i], (const char *)base + i * bytes, in_use ? 64 : 0);
}
static void tile_store(int t, void *base, int64_t bytes) {
    for (int i = 0; i < 16; i++) memcpy((char *)base + i * bytes, tiles[t][i], 64);
}
static void tile_dot(int sums, int left, int right) {
    for (int m = 0; m < 16; m++) {
        for (int n = 0; n < 16; n++) {
            float half[2] = {0, 0};
            for (int k = 0; k < 16; k++) {
                for (int h = 0; h < 2; h++) half[h] = added(half[h], tiles[left][m][k], tiles[right][k][n], h);
            }
            float sum = flushed(float_of(tiles[sums][m][n])), all = flushed(half[0] + half[1]);
            tiles[sums][m][n] = bits_of(flushed(sum + all));
        }
    }
}

#include "../../Sources/CKernels/bf16.inc"
#include "../../Sources/CKernels/bf16_tiles.inc"
#include "../../Sources/CKernels/bf16_table.inc"
