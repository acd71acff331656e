// What only C can ask of the processor and the kernel.
#pragma once

#include <stdint.h>

// Intel's matrix extension: bit 0 for its tiles, bit 1 for products of bf16, bit 2 of int8; 0 where there is none.
int32_t vae_matrix_extension(void);

// Whether this process may use the tiles: 1 yes, 0 after it asks, -1 never on this system.
int32_t vae_matrix_permission(void);

// The C compiler's version.
const char *vae_c_compiler(void);

// This process's arguments as the kernel handed them over, and how many they are; NULL where the C library does not tell.
char *const *vae_arguments(int32_t *count);

// What the system bounds for a process, in bytes, or −1 where it does not.
enum vae_resource { VAE_ADDRESSES, VAE_DATA, VAE_STACK, VAE_FILE_SIZE };
int64_t vae_resource_limit(enum vae_resource resource);

// Keeps the allocator from reserving address space in advance for each thread.
void vae_share_heap(void);
