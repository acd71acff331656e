#define LOOPS vae_pixel_loops_baseline
#include "loops.inc"
