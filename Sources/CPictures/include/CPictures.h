#pragma once

#include <stddef.h>
#include <stdint.h>

// Loops over 8-bit pixels, rows from the top, channels interleaved, no padding. All of them count in integers or round
// each float step apart, so every instruction set gives the same bytes.

/// What one side of a resized picture is made of: output i is the sum of `counts[i]` inputs from `firsts[i]` on, times
/// its weights, which begin at `weights[i * stride]` and are parts of 2^22.
typedef struct {
    int32_t size, stride;
    const int32_t *firsts, *counts, *weights;
} vae_resampling;

/// What one side of an interpolated picture is made of: output i lies between inputs `lower[i]` and `upper[i]`, `weight[i]`
/// of the way.
typedef struct {
    int32_t size;
    const int32_t *lower, *upper;
    const float *weight;
} vae_interpolation;

typedef struct {
    /// Resizes each row: `rows` rows of `width * channels` bytes to `along->size * channels`.
    /// `scratch` has room for 16 * (width + along->size) * channels bytes.
    void (*resample_rows)(const uint8_t *pixels, size_t width, size_t rows, size_t channels, const vae_resampling *along,
                          uint8_t *resized, uint8_t *scratch);
    /// Resizes each column: `along->size` rows of `row` bytes.
    void (*resample_columns)(const uint8_t *pixels, size_t row, const vae_resampling *along, uint8_t *resized);
    /// Interpolates both ways in floats, as TensorFlow's kernel does, and rounds to bytes, half up.
    void (*interpolate)(const uint8_t *pixels, size_t width, size_t channels, const vae_interpolation *down,
                        const vae_interpolation *along, uint8_t *resized);
    /// Grey of RGB pixels, `step` bytes from one to the next: (19595 R + 38470 G + 7471 B + 32768) >> 16.
    void (*grey)(const uint8_t *pixels, size_t count, size_t step, uint8_t *greys);
    /// The same as libpng computes it for TensorFlow: (9797 R + 19234 G + 3737 B) >> 15, and R where all three are equal.
    void (*grey_of_libpng)(const uint8_t *pixels, size_t count, size_t step, uint8_t *greys);
    /// Colours of `channels - 1` channels over a grey level, by the alpha behind them.
    void (*blend)(const uint8_t *pixels, size_t count, size_t channels, uint8_t level, uint8_t *colours);
    /// RGBA to colours times alpha, and back.
    void (*premultiply)(const uint8_t *pixels, size_t count, uint8_t *premultiplied);
    void (*unpremultiply)(const uint8_t *premultiplied, size_t count, uint8_t *pixels);
} vae_pixel_loops;

typedef enum { VAE_PIXELS_BASELINE, VAE_PIXELS_AVX2, VAE_PIXELS_AVX512 } vae_pixels_isa;

/// The loops for an instruction set; NULL where the machine has not got it.
const vae_pixel_loops *vae_pixel_loops_for(vae_pixels_isa isa);
