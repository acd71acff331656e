// SHA-256 from the system: libcrypto, or CommonCrypto where Apple ships that instead.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// A digest under way; NULL if the system's library refuses.
void *vae_sha256_begin(void);

// Takes in `count` bytes; false if the library refuses.
bool vae_sha256_add(void *state, const void *bytes, size_t count);

// Writes the 32 bytes of the digest, and lets the state go; false if the library refuses.
bool vae_sha256_end(void *state, unsigned char digest[32]);
