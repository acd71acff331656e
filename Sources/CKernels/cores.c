// The cores that this process may run on.
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

#include "CKernels.h"

int32_t vae_available_cores(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (int32_t)count;
}
