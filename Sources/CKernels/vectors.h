// Sixteen floats at a time whatever the machine: clang splits or keeps them, the order of roundings stays.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "CKernels.h"

#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic ignored "-Wpsabi"  // vectors never cross a function that is not inlined

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float v16 __attribute__((ext_vector_type(16)));
typedef int32_t i16 __attribute__((ext_vector_type(16)));
typedef uint8_t b16 __attribute__((ext_vector_type(16)));
typedef float v16_unaligned __attribute__((ext_vector_type(16), aligned(4)));
typedef float v2_unaligned __attribute__((ext_vector_type(2), aligned(4)));
typedef uint8_t b16_unaligned __attribute__((ext_vector_type(16), aligned(1)));

#define CHUNK 16
