// The numeric blocks: one source, compiled once per instruction set, chosen at run time.
//
// All of them work on channels-last Float32 rows. Every result is a fixed sequence of roundings that does
// not depend on the width of the machine's vectors, so that any CPU with fused multiply-add gives the same
// bits (x86-64 without FMA, `VAE_ISA_BASELINE`, rounds the product too and differs in the last place).
#pragma once

#include <stdint.h>

#include "Functions.h"

typedef enum {
    VAE_ISA_BASELINE = 0,  // SSE2 on x86-64
    VAE_ISA_NEON = 1,      // arm64
    VAE_ISA_AVX2 = 2,      // with FMA
    VAE_ISA_AVX512 = 3,    // AVX-512F
} vae_isa;

// Columns of a packed weight panel. Packed weights are panels of [taps][depth][VAE_PANEL], the last one
// padded with zeros; how many panels a block takes at once is the instruction set's own business.
#define VAE_PANEL 16

// Rows of one scatter pass: their inputs stay in L1 while all taps use them. Part of the order of sums,
// hence the same for every instruction set.
#define VAE_SCATTER_ROWS 50

// Lanes that a batch is cut into, at the most.
#define VAE_MOST_LANES 16

// How a matrix block starts its sums.
typedef enum {
    VAE_START_ZERO = 0,
    VAE_START_BIAS = 1,
    VAE_START_ADD = 2,  // add to what the output holds
} vae_start;

// One side of a matrix block: rows of Float32 at `base + rows[i]`.
typedef struct {
    float *base;
    const int32_t *rows;
} vae_rows;

typedef struct {
    int32_t height, width, channels;  // of the input image
    int32_t window_height, window_width;
} vae_pool;

// The small image of a correlation of stride 1, whose windows reach further in the big one. A map's `big` points at the
// first window's first pixel, which may lie outside the big image: what lies there is zero, and nothing is added to it.
typedef struct {
    int32_t height, width;  // of the small image
    int32_t big_width;      // of the big image
    int32_t step;           // pixels, and lines, of the big image from one of a window to its next
    int32_t channels;       // to be mapped
    int32_t pixel;          // floats from one pixel, or one tile of a plane, to the next
    // Lines [top, bottom) and pixels [left, right) of the big image, counted from the first window's.
    int32_t top, bottom, left, right;
} vae_tiles;

// Floats from one tap of a kernel to the next.
typedef struct {
    int64_t down, across;
} vae_taps;

// Winograd's F(m×n, r×s): (m + r − 1)(n + s − 1) planes, `plane` floats apart, of ⌈height/m⌉ · ⌈width/n⌉ tiles each.
typedef struct {
    // planes ← windows of the big image
    void (*window)(float *planes, int64_t plane, const float *big, vae_tiles tiles);
    // big += what the windows' adjoint makes of the planes
    void (*window_adjoint)(float *big, const float *planes, int64_t plane, vae_tiles tiles);
    // small (+)= tiles of the planes' products
    void (*tile)(float *small, const float *planes, int64_t plane, vae_tiles tiles, vae_start start, const float *bias);
    // planes ← the tiles' adjoint of the small image
    void (*tile_adjoint)(float *planes, int64_t plane, const float *small, vae_tiles tiles);
    // `count` values of each tap become planes, and back by the adjoint.
    void (*kernel)(float *planes, int64_t plane, const float *kernel, vae_taps taps, int64_t count);
    void (*kernel_adjoint)(float *kernel, vae_taps taps, const float *planes, int64_t plane, int64_t count,
                           int32_t accumulate);
} vae_winograd;

// A correlation with few big channels, as one product of all taps: each small pixel holds, line by line, what it adds
// to its window of the big image.
typedef struct {
    int32_t first;                      // the small line that `product` starts at
    int32_t height, width;              // of the small image, in pixels
    int32_t stride;                     // floats from one pixel's product to the next's
    int32_t big_line;                   // floats
    int32_t kernel_height, line_stride;  // lines of a window, and from one window to the next
    int32_t kernel_line, step;          // floats of a window's line, and from one window to the next along it
} vae_overlap;

// Floats of a block of group normalisation's passes: two of them stay in L1 beside a row of everything per channel.
#define VAE_NORM_BLOCK 2048

// Group normalisation of one image [pixels][channels], and the function that follows it.
typedef struct {
    int64_t pixels;
    int32_t channels, groups;  // a group is channels / groups neighbours
    float epsilon;
    const float *scale, *shift;  // a value a channel
    int32_t function;            // a vae_function; −1: none
    float p;                     // its setting
} vae_group_norm;

// One group's statistics: x̂ = (x − centre) · scale + offset. `centre` is the mean as a float, `offset` the rest of it.
typedef struct {
    float centre, scale, offset;  // scale: 1 / √(variance + ε)
} vae_group;

// Values that group normalisation takes as one row: some pixels where a pixel has few channels, so that the row is
// whole vectors and enough of them.
static inline int32_t vae_norm_width(int32_t channels) {
    int32_t width = channels;
    while (channels < 128 && (width < 64 || width % 16 != 0)) width *= 2;
    return width;
}

// Floats of scratch memory that group normalisation takes.
static inline int64_t vae_group_norm_scratch(int32_t channels) {
    int64_t width = vae_norm_width(channels);
    return 6 * width + 2 * (width > VAE_NORM_BLOCK ? width : VAE_NORM_BLOCK);
}

// Sums over factor × factor pixels.
typedef struct {
    int64_t pixels;        // one sum each
    int32_t channels;      // to be summed
    int32_t pixel;         // floats from one pixel to the next
    int64_t across, down;  // floats to a sum's next pixel, and to its next line
    int32_t factor;
} vae_box;

typedef struct {
    float learning_rate;  // α · √(1 − β₂ᵗ) / (1 − β₁ᵗ)
    float rest1, rest2;   // 1 − β₁, 1 − β₂
    float epsilon;
} vae_adam;

typedef struct {
    vae_isa isa;
    const char *name;

    // C[i] (+)= Σ_t A[i + offset_t] · W_t, over `rows` rows; C has `columns` columns.
    void (*gather)(vae_rows c, vae_rows a, int32_t rows, const float *packed, int32_t taps, const int32_t *offsets,
                   int32_t depth, int32_t columns, vae_start start, const float *bias);
    // C[i + offset_t] += A[i] · W_t. Rows of one tap must not meet in C; taps may.
    void (*scatter)(vae_rows c, vae_rows a, int32_t rows, const float *packed, int32_t taps, const int32_t *offsets,
                    int32_t depth, int32_t columns);
    // dW_t (+)= Σ_i A[i + offset_t]ᵀ · D[i]; dW is [taps][depth][columns]. Reads D up to VAE_PANEL floats at a
    // time, past a row's end: the buffer behind D must allow it.
    void (*weight_gradient)(float *dw, vae_rows a, vae_rows d, int32_t rows, int32_t taps, const int32_t *offsets,
                            int32_t depth, int32_t columns, int32_t accumulate);

    // Tiles of three taps, down and across.
    vae_winograd winograd_2_2, winograd_2_5, winograd_3_3, winograd_4_4, winograd_5_5;
    // Tiles and taps: of two taps both ways, down, and across.
    vae_winograd winograd_2x2_2x2, winograd_2x2_1x1, winograd_1x1_2x2;
    vae_winograd winograd_4x2_4x2, winograd_4x2_1x1, winograd_1x1_4x2;
    vae_winograd winograd_5x2_5x2, winograd_5x2_1x1, winograd_1x1_5x2;

    const vae_pointwise *functions;  // VAE_FUNCTIONS of them, in the order of vae_function
    // out ← x + y
    void (*add)(float *out, const float *x, const float *y, int64_t count);
    // out (+)= x · y
    void (*multiply)(float *out, const float *x, const float *y, int64_t count, int32_t adding);
    // out (+)= in, of rows of `channels` values that begin a stride apart
    void (*copy_rows)(float *out, const float *in, int64_t rows, int64_t channels, int64_t out_stride,
                      int64_t in_stride, int32_t adding);
    void (*fill_rows)(float *y, const float *row, int64_t rows, int32_t channels, int64_t stride);
    // sums[c] (+)= Σ_rows d[row][c]
    void (*column_sums)(float *sums, const float *d, int64_t rows, int32_t channels, int32_t accumulate);
    // out = max over windows (+ bias, ReLU); index says which element of the window won. A NaN wins.
    void (*max_pool)(float *out, uint8_t *index, const float *in, vae_pool pool, const float *bias, int32_t relu);
    // The same of a correlation's 2×2 windows without its output in memory. A window's four rows of `a` stand together;
    // the right ones are as far from the left ones in all windows.
    void (*gather_pool)(float *out, uint8_t *index, vae_rows a, int32_t windows, const float *packed, int32_t taps,
                        const int32_t *offsets, int32_t depth, int32_t columns, const float *bias, int32_t relu);
    // dw (+)= of each window, its winner's row of `a` times the pooled gradient. Up to seven floats behind a row's line
    // are read.
    void (*weight_gradient_pool)(float *dw, vae_rows a, const float *d, const uint8_t *index, int32_t windows,
                                 int32_t taps, const int32_t *offsets, int32_t depth, int32_t columns,
                                 int32_t accumulate);
    // Here and below: every element of `din` is written, or added to.
    void (*max_pool_backward)(float *din, const float *dout, const uint8_t *index, vae_pool pool, int32_t adding);
    // out = mean over windows
    void (*average_pool)(float *out, const float *in, vae_pool pool);
    void (*average_pool_backward)(float *din, const float *dout, vae_pool pool, int32_t adding);
    // Each pixel becomes a window.
    void (*upsample)(float *out, const float *in, vae_pool pool);
    void (*upsample_backward)(float *din, const float *dout, vae_pool pool, int32_t adding);
    // The same size; between the centres of pixels linear, beyond the outermost constant (PyTorch's
    // `align_corners=False`).
    void (*upsample_bilinear)(float *out, const float *in, vae_pool pool);
    void (*upsample_bilinear_backward)(float *din, const float *dout, vae_pool pool, int32_t adding);
    // Lines [from, to) of the big image += what the products of its small pixels put there.
    void (*overlap_add)(float *big, const float *product, vae_overlap o, int32_t from, int32_t to);
    // out[i] = Σ in[i + y · down + x · across] over y, x < factor (+ bias)
    void (*box_sum)(float *out, const float *in, vae_box box, const float *bias);

    // Panels of W_t[k][n] = w[t · tap + k · row + n · column], `panel` floats apart.
    void (*pack)(float *packed, int64_t panel, const float *w, int32_t taps, int64_t tap, int32_t depth, int64_t row,
                 int32_t columns, int64_t column);

    void (*pixels_to_float)(float *out, const uint8_t *in, int64_t count);  // byte / 255

    // Group normalisation (Wu & He 2018, arXiv:1803.08494). `scratch`: vae_group_norm_scratch floats.
    void (*group_statistics)(vae_group *groups, const float *x, vae_group_norm n, float *scratch);
    // y = f(scale · x̂ + shift)
    void (*group_norm)(float *y, const float *x, const vae_group *groups, vae_group_norm n, float *scratch);
    // From the gradient `d` of y: dx (+)=, unless null, and dscale, dshift (+)=. `d` is overwritten where there is a
    // function, and may be `dx`.
    void (*group_norm_backward)(float *dx, float *d, const float *x, const vae_group *groups, vae_group_norm n,
                                float *dscale, float *dshift, int32_t adding_parameters, int32_t adding,
                                float *scratch);

    // Σ (x − y)²; gradient ← scale · (y − x) unless null.
    float (*squared_error)(float *gradient, const float *y, const float *x, int64_t count, float scale);
    // Σ −log Bernoulli(x | sigmoid(logit)); gradient ← scale · (sigmoid(logit) − x) unless null.
    float (*bernoulli)(float *gradient, const float *logits, const float *x, int64_t count, float scale);

    // The fixed tree over at most VAE_MOST_LANES: lane 0 of `lanes` gradients, `stride` apart, becomes their sum
    // over [from, to).
    void (*sum_lanes)(float *gradients, int64_t stride, int32_t lanes, int64_t from, int64_t to);
    void (*adam)(float *parameters, float *m, float *v, const float *gradient, int64_t count, vae_adam settings);
    // 1 if every value is finite.
    int32_t (*all_finite)(const float *values, int64_t count);

    // Standard normals from Philox blocks 0, 1, … of one counter prefix.
    void (*normals)(float *out, int64_t count, const uint32_t counter[3], const uint32_t key[2]);
    // out (+)= scale · in where a value is kept, 0 where it is dropped: where the upper 24 bits of its word, as a
    // fraction, are below `rate`. Value i's word is i % 4 of Philox block i / 4. Forward and backward alike.
    void (*dropout)(float *out, const float *in, int64_t count, const uint32_t counter[3], const uint32_t key[2],
                    float rate, float scale, int32_t adding);
    // Fused multiply-adds on registers only: the peak that the others are measured against. Returns FLOPs done.
    double (*peak)(int64_t iterations, float *sink);
} vae_kernels;

// The widest instruction set that this CPU and its operating system offer.
vae_isa vae_best_isa(void);
// Null where this CPU cannot run it.
const vae_kernels *vae_kernels_for(vae_isa isa);

// Tells the core that a loop only waits.
static inline void vae_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

// Cores that this process may run on.
int32_t vae_available_cores(void);

// Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405).
void vae_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

#include "BFloat16.h"
