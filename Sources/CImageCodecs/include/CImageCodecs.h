#pragma once

#include <stddef.h>
#include <stdint.h>

// Decoders give 8-bit samples as the file stores them, rows from the top, channels interleaved, no padding.

/// Room for a codec's message, its terminating zero included; JMSG_LENGTH_MAX of libjpeg.
#define VAE_CODEC_MESSAGE_SIZE 200

// MARK: PNG

/// The largest number of bytes that `vae_png_encode` may write for such an image.
size_t vae_png_encoded_bound(uint32_t width, uint32_t height, uint32_t channels);

/// Encodes 8-bit pixels as a PNG in memory.
///
/// `channels` is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA), rows from the top, without padding.
/// Quickly is without filters and with less search: a few times faster, and of most pictures larger. `capacity` bytes at `bytes` are
/// `vae_png_encoded_bound`. Returns the number of bytes written, or 0 with the reason in `message`.
size_t vae_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quickly,
                      uint8_t *bytes, size_t capacity, char *message);

/// Decodes a PNG of any kind to 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels, those that it has.
///
/// `pixels` has room for `width * height * channels` bytes; the file must be so large and have so many. 16-bit samples
/// are rounded, v / 257, or cut to their high byte; `largest` becomes the largest of them that is no alpha, 0 for other
/// files.
/// Returns 1, or 0 with the reason in `message`.
int vae_png_decode(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint32_t channels,
                   int high_byte, uint8_t *pixels, uint32_t *largest, char *message);

/// The CRC-32 of a PNG chunk's type and data.
uint32_t vae_png_checksum(const uint8_t *bytes, uint32_t count);

/// The version of the library that is loaded.
const char *vae_png_version(void);

// MARK: JPEG

typedef enum {
    VAE_JPEG_REFUSED,
    VAE_JPEG_WHOLE,
    /// All data was there, the end marker was not.
    VAE_JPEG_WITHOUT_END,
} vae_jpeg_result;

/// Decodes a JPEG to 1 or 3 (RGB) channels, CMYK and YCCK to RGB as Pillow does.
///
/// `pixels` has room for `width * height * channels` bytes; the file must be so large. One channel of a file in colour is
/// its brightness, three of a grey one are equal. `fast_dct` takes the fast inverse transform (JDCT_IFAST) for the
/// accurate one. Whatever the decoder warns of refuses the file, with the warning in `message`.
vae_jpeg_result vae_jpeg_decode(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint32_t channels,
                                int fast_dct, uint8_t *pixels, char *message);

// MARK: WebP

/// What is used of libwebp, which is looked for when the first file needs it.
typedef struct {
    /// WebPDecodeRGBInto and WebPDecodeRGBAInto: where they wrote, or NULL.
    uint8_t *(*decode_rgb)(const uint8_t *, size_t, uint8_t *, size_t, int);
    uint8_t *(*decode_rgba)(const uint8_t *, size_t, uint8_t *, size_t, int);
    /// WebPGetFeaturesInternal, the body of WebPGetFeatures.
    int (*features)(const uint8_t *, size_t, void *, int);
} vae_webp;

/// Loads the library of that name. Returns 1, or 0 where there is none or it is no libwebp.
int vae_webp_load(const char *name, vae_webp *library);

/// Decodes a still WebP to 3 (RGB) or 4 (RGBA) channels, those that it has.
///
/// `pixels` has room for `width * height * channels` bytes; the file must be so large and have so many.
/// Returns 1, or 0 with the reason in `message`.
int vae_webp_decode(const vae_webp *library, const uint8_t *bytes, size_t count, uint32_t width, uint32_t height,
                    uint32_t channels, uint8_t *pixels, char *message);

/// The JPEG library and version that this was built with.
const char *vae_jpeg_version(void);
