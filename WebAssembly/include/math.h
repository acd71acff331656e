// Of C's header what the kernels use.
#pragma once

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
