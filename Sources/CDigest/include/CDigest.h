// SHA-256 from the system: libcrypto, or CommonCrypto where Apple ships that instead.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Writes the 32 bytes of the SHA-256 of `count` bytes; false if the system's library refuses.
bool vae_sha256(const void *bytes, size_t count, unsigned char digest[32]);
