// Runs the blocks on bfloat16 of this machine, those over instructions written in C, and a plain loop per result that
// sums in each body's order. Lines of one name must agree.
#include <stdio.h>

#include "../../Sources/CKernels/include/CKernels.h"
#include "bf16_emulation.h"

extern const vae_bf16_kernels vae_bf16_vectors_in_c, vae_bf16_tiles_in_c;

uint64_t hash(const void *memory, size_t bytes);

enum { COUNT = 1 << 16, PAIRS_OF_A_PASS = 128 };
static float w[COUNT], c[COUNT];
static uint16_t a[COUNT], d[COUNT];
static uint32_t packed[COUNT];
static int32_t rows_a[1024], rows_c[1024], rows_d[1024];

static float uniform(uint32_t *state) {
    *state = *state * 1664525 + 1013904223;
    return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

static void fill(void) {
    uint32_t state = 7;
    for (int i = 0; i < COUNT; i++) {
        float x = uniform(&state), y = uniform(&state);
        // Some so small that they, or their products, count as zero.
        if (i % 97 == 0) x *= 0x1p-130f;
        if (i % 89 == 0) x *= 0x1p-70f, y *= 0x1p-70f;
        w[i] = y;
        a[i] = rounded(x);
        d[i] = rounded(uniform(&state));
        c[i] = uniform(&state);
    }
}

// The sum of `count` pairs' products, added to `sum` as the body does.
static float plain_sum(vae_bf16_body body, float sum, int count, const uint32_t *x, const uint32_t *y) {
    if (body == VAE_BF16_AVX512) {
        for (int i = 0; i < count; i++) sum = added(added(sum, x[i], y[i], 1), x[i], y[i], 0);
        return sum;
    }
    for (int i = 0; i < count; i += 16) {
        float half[2] = {0, 0};
        for (int j = i; j < count && j < i + 16; j++) {
            for (int h = 0; h < 2; h++) half[h] = added(half[h], x[j], y[j], h);
        }
        sum = flushed(flushed(sum) + flushed(half[0] + half[1]));
    }
    return sum;
}

static uint32_t pair(uint32_t low, uint32_t high) { return low | high << 16; }

// C[i + place] += Σ_t A[i + offset_t] · W_t
static void plain_product(vae_bf16_body body, int rows, int place, const float *weights, int taps,
                          const int32_t *offsets, int depth, int columns) {
    uint32_t x[512], y[512];
    for (int i = 0; i < rows; i++) {
        for (int n = 0; n < columns; n++) {
            float *to = c + rows_c[i] + place + n;
            for (int t = 0; t < taps; t++) {
                int words = 0;
                for (int k = 0; k < depth; k += 2, words++) {
                    const uint16_t *from = a + rows_a[i] + offsets[t] + k;
                    const float *weight = weights + (t * depth + k) * columns + n;
                    x[words] = pair(from[0], k + 1 < depth ? from[1] : 0);
                    y[words] = pair(rounded(weight[0]), k + 1 < depth ? rounded(weight[columns]) : 0);
                }
                *to = plain_sum(body, *to, words, x, y);
            }
        }
    }
}

static void plain_gradient(vae_bf16_body body, int rows, int taps, const int32_t *offsets, int depth, int columns) {
    uint32_t x[PAIRS_OF_A_PASS], y[PAIRS_OF_A_PASS];
    for (int t = 0; t < taps; t++) {
        for (int k = 0; k < depth; k++) {
            for (int n = 0; n < columns; n++) {
                float *to = c + (t * depth + k) * columns + n;
                for (int p = 0; p < rows; p += 2 * PAIRS_OF_A_PASS) {
                    int count = 0;
                    for (int i = p; i < rows && i < p + 2 * PAIRS_OF_A_PASS; i += 2, count++) {
                        int odd = i + 1 == rows;
                        x[count] = pair(a[rows_a[i] + offsets[t] + k], odd ? 0 : a[rows_a[i + 1] + offsets[t] + k]);
                        y[count] = pair(d[rows_d[i] + n], odd ? 0 : d[rows_d[i + 1] + n]);
                    }
                    *to = body == VAE_BF16_AMX ? *to + plain_sum(body, 0, count, y, x)
                                               : plain_sum(body, *to, count, x, y);
                }
            }
        }
    }
}

static void show(vae_bf16_body body, const char *block, int rows, int depth, int columns, const char *name) {
    char line[64];
    for (int i = 0; i < COUNT; i++) c[i] += 0.0f;  // one zero
    snprintf(line, sizeof line, "%s %s %d %d %d", body == VAE_BF16_AMX ? "amx" : "vectors", block, rows, depth, columns);
    printf("%-40s %016llx %s\n", line, (unsigned long long)hash(c, sizeof c), name);
}

// `k` may be null: then the plain loops run.
static void run(const vae_bf16_kernels *k, vae_bf16_body body) {
    const int columns[] = {1, 17, 32, 36, 64, 80}, depths[] = {1, 5, 32, 65, 160}, counts[] = {1, 7, 16, 33, 101};
    const int32_t taps[] = {0, 700, 1401};
    const char *name = k ? k->name : "plain loops";
    for (int i = 0; i < 1024; i++) {
        rows_a[i] = i * 34 + i / 20 * 3;  // lines of twenty
        rows_c[i] = i * 80 + (i > 50);
        rows_d[i] = i * 80;
    }
    for (unsigned n = 0; n < sizeof columns / sizeof *columns; n++) {
        for (unsigned q = 0; q < sizeof depths / sizeof *depths; q++) {
            for (unsigned r = 0; r < sizeof counts / sizeof *counts; r++) {
                int rows = counts[r], depth = depths[q], wide = columns[n];
                fill();
                if (k) {
                    k->pack(packed, w, 3, (int64_t)depth * wide, depth, wide, wide, 1);
                    k->gather((vae_rows){c, rows_c}, (vae_bf16_rows){a, rows_a}, rows, packed, 3, taps, depth, wide,
                              VAE_START_ADD, 0);
                } else {
                    plain_product(body, rows, 0, w, 3, taps, depth, wide);
                }
                show(body, "gather", rows, depth, wide, name);
                fill();
                const int32_t places[] = {0, 9000, 18001};
                for (int t = 0; t < 3; t++) {
                    // One tap after the other, where none meets another.
                    int64_t tap = (int64_t)(wide + 15) / 16 * ((depth + 1) / 2) * 16;
                    if (k) k->pack(packed + t * tap, w + t * depth * wide, 1, 0, depth, wide, wide, 1);
                    if (!k) plain_product(body, rows, places[t], w + t * depth * wide, 1, taps, depth, wide);
                }
                if (k) {
                    k->scatter((vae_rows){c, rows_c}, (vae_bf16_rows){a, rows_a}, rows, packed, 3, places, depth, wide);
                }
                show(body, "scatter", rows, depth, wide, name);
                if (depth * wide * 3 > COUNT / 2) continue;
                fill();
                if (k) {
                    k->weight_gradient(c, (vae_bf16_rows){a, rows_a}, (vae_bf16_rows){d, rows_d}, rows * 5, 3, taps,
                                       depth, wide, 1);
                } else {
                    plain_gradient(body, rows * 5, 3, taps, depth, wide);
                }
                show(body, "gradient", rows * 5, depth, wide, name);
            }
        }
    }
}

void run_bf16(void) {
    run(0, VAE_BF16_AVX512);
    run(&vae_bf16_vectors_in_c, VAE_BF16_AVX512);
    run(0, VAE_BF16_AMX);
    run(&vae_bf16_tiles_in_c, VAE_BF16_AMX);
    for (int body = VAE_BF16_AVX512; body <= VAE_BF16_AMX; body++) {
        const vae_bf16_kernels *k = vae_bf16_for((vae_bf16_body)body);
        if (k) run(k, k->body);
    }
}
