#define _GNU_SOURCE
#include "CMachine.h"

#include <sys/resource.h>

#if defined(__x86_64__)
#include <cpuid.h>

int32_t vae_matrix_extension(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    return (int32_t)((d >> 24 & 1) | (d >> 22 & 1) << 1 | (d >> 25 & 1) << 2);
}
#else
int32_t vae_matrix_extension(void) { return 0; }
#endif

#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

// From the kernel's asm/prctl.h, which may be older than the kernel.
enum { GET_SUPPORTED = 0x1021, GET_PERMITTED = 0x1022, TILE_DATA = 18 };

static int has_tiles(int question) {
    uint64_t features = 0;
    return syscall(SYS_arch_prctl, question, &features) == 0 && (features >> TILE_DATA & 1);
}

int32_t vae_matrix_permission(void) { return has_tiles(GET_PERMITTED) ? 1 : has_tiles(GET_SUPPORTED) ? 0 : -1; }
#else
int32_t vae_matrix_permission(void) { return -1; }
#endif

const char *vae_c_compiler(void) { return __clang_version__; }

#if defined(__GLIBC__) || defined(__APPLE__)
// Both hand main's arguments to what runs before main.
static int argument_count;
static char **argument_values;

__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    argument_values = values;
}

char *const *vae_arguments(int32_t *count) {
    *count = argument_count;
    return argument_values;
}
#else
char *const *vae_arguments(int32_t *count) {
    *count = 0;
    return 0;
}
#endif

int64_t vae_resource_limit(enum vae_resource resource) {
    int kind = resource == VAE_ADDRESSES ? RLIMIT_AS : resource == VAE_DATA ? RLIMIT_DATA
             : resource == VAE_STACK     ? RLIMIT_STACK : RLIMIT_FSIZE;
    struct rlimit limit;
    if (getrlimit(kind, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return -1;
    return limit.rlim_cur > INT64_MAX ? -1 : (int64_t)limit.rlim_cur;
}

#ifdef __GLIBC__
#include <malloc.h>

void vae_share_heap(void) { mallopt(M_ARENA_MAX, 1); }
#else
void vae_share_heap(void) {}
#endif
