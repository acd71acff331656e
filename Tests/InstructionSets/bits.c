// Runs every block of every instruction set on the same numbers and prints a hash of the resulting bits.
// Lines that begin with the same block's name must agree between all bodies that have fused multiply-add.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../Sources/CKernels/include/CKernels.h"

#if defined(__x86_64__)
extern const vae_kernels vae_kernels_wide_on_avx2;
#endif

enum { COUNT = 1 << 16 };
static float a[COUNT], b[COUNT], c[COUNT], d[COUNT];
static int32_t rows_a[512], rows_c[512];
static uint8_t winners[COUNT];

uint64_t hash(const void *memory, size_t bytes);
void run_bf16(void);

uint64_t hash(const void *memory, size_t bytes) {
    const uint8_t *p = memory;
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < bytes; i++) h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

// The same numbers before every block.
static void fill(void) {
    float *all[] = {a, b, c, d};
    for (uint32_t n = 0; n < 4; n++) {
        for (uint32_t i = 0; i < COUNT; i += 4) {
            uint32_t word[4], at[4] = {n, i, 0, 0}, key[2] = {1, 2};
            vae_philox(at, key, word);
            for (int j = 0; j < 4; j++) all[n][i + j] = (float)(word[j] >> 8) * 0x1p-23f - 1.0f;
        }
    }
    memset(winners, 0, sizeof winners);
}

#define SHOW(block, memory)                                                                      \
    printf("%-40s %016llx %s\n", block, (unsigned long long)hash(memory, sizeof memory), k->name)

static void run_functions(const vae_kernels *k) {
    char name[64];
    const float ends[] = {INFINITY, -INFINITY, 1e30f, -1e30f, 100, -100, 0, NAN};
    for (int f = 0; f < VAE_FUNCTIONS; f++) {
        const vae_pointwise *function = k->functions + f;
        snprintf(name, sizeof name, "%s", function->name);
        fill();
        for (int i = 0; i < 4096; i++) a[i] *= 20;
        function->forward(c, ends, 1, 8, 8, 8, 0.3f);
        function->forward(c + 16, a, 37, 101, 103, 105, 0.3f);
        function->backward(d, b, a, c + 16, 4001, 0.3f, 0);
        function->backward(b, d, a, c + 16, 4001, 0.3f, 1);
        // A NaN's sign and payload are the machine's.
        for (int i = 0; i < 4096; i++) {
            if (c[i] != c[i]) c[i] = NAN;
            if (d[i] != d[i]) d[i] = NAN;
            if (b[i] != b[i]) b[i] = NAN;
        }
        SHOW(name, c);
        SHOW(name, d);
        SHOW(name, b);
    }
}

static void run_norms(const vae_kernels *k) {
    const int shapes[][3] = {{15, 4, 1},     {14, 33, 3},  {1, 16, 4}, {144, 64, 8},
                             {1000, 48, 16}, {9, 130, 13}, {50, 1, 1}};
    static float scratch[1 << 14];
    char name[64];
    for (unsigned s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (int f = -1; f < VAE_FUNCTIONS - 1; f++) {
            vae_group groups[16] = {0};
            vae_group_norm n = {shapes[s][0], shapes[s][1], shapes[s][2], 1e-5f, b, b + 200, f, 0.3f};
            snprintf(name, sizeof name, "group norm %d by %d, %d", shapes[s][0], shapes[s][1], f);
            fill();
            k->group_statistics(groups, a, n, scratch);
            SHOW(name, groups);
            k->group_norm(c, a, groups, n, scratch);
            SHOW(name, c);
            k->group_norm_backward(c, d, a, groups, n, b + 1000, b + 2000, 1, f % 2, scratch);
            SHOW(name, c);
            SHOW(name, b);
        }
    }
}

static void run_images(const vae_kernels *k) {
    char name[64];
    for (int channels = 1; channels < 70; channels += 17) {
        vae_pool pool = {13, 14, channels, 2, 3}, all = {13, 14, channels, 13, 14};
        snprintf(name, sizeof name, "average, bilinear %d channels", channels);
        fill();
        k->average_pool(c, a, pool);
        k->average_pool(c + 4096, a, all);
        SHOW(name, c);
        k->average_pool_backward(d, b, pool, 0);
        k->average_pool_backward(d, b, all, 1);
        SHOW(name, d);
        pool.height = pool.width = 6;
        k->upsample_bilinear(c, a, pool);
        k->upsample_bilinear_backward(d, b, pool, 1);
        k->upsample_backward(d, a, pool, 1);
        SHOW(name, c);
        SHOW(name, d);
        k->copy_rows(c, a, 9, channels, channels + 3, channels + 1, 0);
        k->copy_rows(c, b, 9, channels, channels + 3, channels + 1, 1);
        k->multiply(c, a, b, 97 * channels, 1);
        k->multiply(c + 8192, a, b, 97 * channels, 0);
        SHOW(name, c);
    }
}

static void run(const vae_kernels *k) {
    run_functions(k);
    run_norms(k);
    run_images(k);
    const int columns[] = {1, 2, 15, 16, 17, 36, 64, 80}, counts[] = {1, 3, 7, 48, 101};
    const int32_t taps[] = {0, 700, 1400}, five_taps[] = {0, 28, 56, 84, 112};
    char name[64];
    for (int i = 0; i < 512; i++) {
        rows_a[i] = i * 65;
        rows_c[i] = i * 80;
    }
    for (unsigned n = 0; n < sizeof columns / sizeof *columns; n++) {
        for (unsigned r = 0; r < sizeof counts / sizeof *counts; r++) {
            vae_rows out = {c, rows_c}, in = {a, rows_a};
            snprintf(name, sizeof name, "gather %d columns %d rows", columns[n], counts[r]);
            fill();
            k->gather(out, in, counts[r], b, 3, taps, 65, columns[n], VAE_START_BIAS, d);
            SHOW(name, c);
            snprintf(name, sizeof name, "gather deep %d columns %d rows", columns[n], counts[r]);
            fill();
            k->gather(out, in, counts[r], b, 1, taps, 300, columns[n], VAE_START_ADD, 0);
            SHOW(name, c);
            snprintf(name, sizeof name, "scatter %d columns %d rows", columns[n], counts[r]);
            fill();
            k->scatter(out, in, counts[r], b, 3, taps, 33, columns[n]);
            SHOW(name, c);
            snprintf(name, sizeof name, "pooled %d columns %d windows", columns[n], counts[r]);
            fill();
            k->gather_pool(c, winners, in, counts[r], b, 3, taps, 7, columns[n], d, 1);
            SHOW(name, c);
            k->weight_gradient_pool(c, in, d, winners, counts[r], 3, taps, 7, columns[n], 1);
            k->weight_gradient_pool(d, in, b, winners, counts[r], 5, five_taps, 5, columns[n], 0);
            SHOW(name, c);
            SHOW(name, d);
            snprintf(name, sizeof name, "weight gradient %d columns %d rows", columns[n], counts[r]);
            fill();
            vae_rows gradient = {b, rows_c};
            k->weight_gradient(c, in, gradient, counts[r] * 2, 3, taps, 65, columns[n], 1);
            SHOW(name, c);
        }
    }
    for (int channels = 1; channels < 70; channels += 17) {
        vae_pool pool = {24, 25, channels, 2, 3};
        snprintf(name, sizeof name, "pool, bias, sums %d channels", channels);
        fill();
        k->max_pool(c, winners, a, pool, b, 1);
        k->max_pool_backward(d, c, winners, pool, 0);
        k->functions[vae_relu].forward(a, a, 100, channels, channels + 2, channels + 2, 0);
        k->fill_rows(a, b, 9, channels, channels + 3);
        k->column_sums(b, a, 333, channels, 1);
        k->add(c, c, a, 97 * channels);
        SHOW(name, c);
        SHOW(name, d);
        SHOW(name, b);
    }
    for (int channels = 1; channels < 40; channels += 19) {
        const vae_winograd sides[] = {
            k->winograd_2_2,     k->winograd_2_5,     k->winograd_3_3,     k->winograd_4_4,     k->winograd_5_5,
            k->winograd_2x2_2x2, k->winograd_2x2_1x1, k->winograd_1x1_2x2, k->winograd_4x2_4x2, k->winograd_4x2_1x1,
            k->winograd_1x1_4x2, k->winograd_5x2_5x2, k->winograd_5x2_1x1, k->winograd_1x1_5x2,
        };
        for (int side = 0; side < 14; side++) {
            // Two taps meet every other pixel; the first windows reach out of the image.
            int step = side < 5 ? 1 : 2;
            vae_tiles tiles = {5, 6, 8 * step, step, channels, channels, 1, 6 * step, 1, 7 * step};
            vae_taps taps = {300, 100};
            vae_winograd w = sides[side];
            snprintf(name, sizeof name, "winograd %d, %d channels", side, channels);
            fill();
            w.kernel(c, 100, a, taps, channels);
            w.kernel_adjoint(d, taps, b, 100, channels, 0);
            SHOW(name, c);
            SHOW(name, d);
            w.window(c, 600, a, tiles);
            w.window_adjoint(d, b, 600, tiles);
            SHOW(name, c);
            SHOW(name, d);
            w.tile_adjoint(c, 600, a, tiles);
            w.tile(d, b, 600, tiles, VAE_START_BIAS, a);
            SHOW(name, c);
            SHOW(name, d);
        }
    }
    for (int step = 1; step < 8; step++) {
        snprintf(name, sizeof name, "overlap and boxes, steps of %d", step);
        fill();
        vae_overlap overlap = {0, 6, 7, 40, 100, 3, 1 + step % 2, 2 * step + 1, step};
        k->overlap_add(a, b, overlap, 0, 8);
        SHOW(name, a);
        vae_box box = {200, step, step, step, 30, 1 + step % 3};
        k->box_sum(c, a, box, b);
        SHOW(name, c);
    }
    fill();
    float losses[2] = {k->squared_error(c, a, b, 1001, 0.5f), k->bernoulli(d, a, b, 1001, 0.5f)};
    SHOW("squared error", c);
    SHOW("bernoulli", d);
    SHOW("losses", losses);
    fill();
    k->sum_lanes(a, 4096, 13, 5, 4001);
    for (int i = 0; i < 1001; i++) d[i] = d[i] * d[i];
    vae_adam settings = {0.001f, 0.1f, 0.001f, 1e-7f};
    k->adam(b, c, d, a, 1001, settings);
    SHOW("lanes", a);
    SHOW("adam", b);
    fill();
    uint32_t counter[3] = {1, 2, 3}, key[2] = {4, 5};
    k->normals(c, 1001, counter, key);
    SHOW("normals", c);
    k->dropout(c, a, 1001, counter, key, 0.3f, 1 / 0.7f, 0);
    k->dropout(c, b, 37, counter, key, 0.3f, 1 / 0.7f, 1);
    SHOW("dropout", c);
}

int main(void) {
    for (int isa = VAE_ISA_NEON; isa <= VAE_ISA_AVX512; isa++) {
        const vae_kernels *k = vae_kernels_for((vae_isa)isa);
        if (k) run(k);
    }
#if defined(__x86_64__)
    if (vae_kernels_for(VAE_ISA_AVX2)) run(&vae_kernels_wide_on_avx2);
#endif
    run_bf16();
    return 0;
}
