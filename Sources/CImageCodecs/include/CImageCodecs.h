#pragma once

#include <stddef.h>
#include <stdint.h>

/// Room for libpng's message, its terminating zero included.
#define VAE_CODEC_MESSAGE_SIZE 64

/// The largest number of bytes that `vae_png_encode` may write for such an image.
size_t vae_png_encoded_bound(uint32_t width, uint32_t height, uint32_t channels);

/// Encodes 8-bit pixels as a PNG in memory.
///
/// `channels` is 1 (grey) or 3 (RGB), rows from the top, without padding. `capacity` bytes at `bytes` are
/// `vae_png_encoded_bound`. Returns the number of bytes written, or 0 with the reason in `message`.
size_t vae_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, uint8_t *bytes,
                      size_t capacity, char *message);

/// Decodes a PNG of any kind to 8-bit grey or RGB; transparent pixels are laid over white.
///
/// `pixels` has room for `width * height * channels` bytes; the file's size must be `width` by `height`.
/// Returns 1, or 0 with the reason in `message`.
int vae_png_decode(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint32_t channels,
                   uint8_t *pixels, char *message);

/// The CRC-32 of a PNG chunk's type and data.
uint32_t vae_png_checksum(const uint8_t *bytes, uint32_t count);

/// The version of the library that is loaded.
const char *vae_png_version(void);
