// The pointwise functions y = f(x): the one list from which their names, bodies and gradients are made.
#pragma once

#include <stdint.h>

// Which values a function's gradient is computed from.
enum { VAE_READS_X = 1, VAE_READS_Y = 2 };

// X(name, what the gradient reads, f(x), the gradient that f passes on where `d` comes in).
// `p` is the function's setting: the slope of `leaky_relu`, from 0 to below 1, or the α of `elu`, 0 or more; the others
// ignore it. At ±∞ every function has its mathematical limit, and of a NaN it makes a NaN.
#define VAE_FUNCTION_LIST(X)                                                                                         \
    X(relu, VAE_READS_Y, relu_of(x), y > 0.0f ? d : (v16)0)                                                          \
    X(leaky_relu, VAE_READS_Y, x < 0.0f ? weighted(x, p) : x, y > 0.0f ? d : d * p)                                  \
    X(elu, VAE_READS_Y, x > 0.0f ? x : p * exponential_minus_1_of(x > 0.0f ? (v16)0 : x), y > 0.0f ? d : d * (y + p)) \
    X(selu, VAE_READS_Y, selu_of(x), d * (y > 0.0f ? (v16)SELU_SCALE : y + SELU_DEPTH))                               \
    X(silu, VAE_READS_X, weighted(x, sigmoid_of(x)), d * silu_slope_of(x))                                           \
    X(gelu, VAE_READS_X, weighted(x, normal_distribution_of(x, 0)), d * gelu_slope_of(x))                            \
    X(gelu_tanh, VAE_READS_X, weighted(x, sigmoid_of(gelu_exponent_of(x))), d * gelu_tanh_slope_of(x))               \
    X(tanh, VAE_READS_Y, tanh_of(x), d * FMA(-y, y, (v16)1.0f))                                                      \
    X(sigmoid, VAE_READS_Y, sigmoid_of(x), d * y * (1.0f - y))                                                       \
    X(softplus, VAE_READS_Y, softplus_of(x), d * -exponential_minus_1_of(-y))                                        \
    X(exponential, VAE_READS_Y, exponential_of(x), d * y)                                                            \
    X(logarithm, VAE_READS_X, logarithm_of(x), d / x)

// Swift sees `vae_function.relu` and so on.
#define VAE_ENUMERATOR(name, reads, value, gradient) vae_##name __attribute__((swift_name(#name))),
typedef enum __attribute__((enum_extensibility(closed))) : int32_t { VAE_FUNCTION_LIST(VAE_ENUMERATOR) } vae_function;
#undef VAE_ENUMERATOR

#define VAE_COUNTED(name, reads, value, gradient) +1
enum { VAE_FUNCTIONS = 0 VAE_FUNCTION_LIST(VAE_COUNTED) };
#undef VAE_COUNTED

typedef struct {
    const char *name;
    int32_t reads;  // VAE_READS_X, VAE_READS_Y
    // out ← f(in), of rows of `channels` values that begin a stride apart; `out` may be `in`.
    void (*forward)(float *out, const float *in, int64_t rows, int64_t channels, int64_t out_stride, int64_t in_stride,
                    float p);
    // din (+)= d · f′; `din` may be `d`, and what the gradient does not read may be null.
    void (*backward)(float *din, const float *d, const float *x, const float *y, int64_t count, float p,
                     int32_t adding);
} vae_pointwise;
