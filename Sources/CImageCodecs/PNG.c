// libpng's simplified API, and nothing else: it reports every error by value, so that no setjmp reaches Swift.
#include "CImageCodecs.h"

#include <png.h>
#include <string.h>
#include <zlib.h>

static png_image new_image(uint32_t width, uint32_t height, uint32_t channels) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    return image;
}

static void copy_message(char *destination, const png_image *image) {
    strncpy(destination, image->message, VAE_CODEC_MESSAGE_SIZE - 1);
    destination[VAE_CODEC_MESSAGE_SIZE - 1] = 0;
}

size_t vae_png_encoded_bound(uint32_t width, uint32_t height, uint32_t channels) {
    png_image image = new_image(width, height, channels);
    return PNG_IMAGE_PNG_SIZE_MAX(image);
}

size_t vae_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, uint8_t *bytes,
                      size_t capacity, char *message) {
    png_image image = new_image(width, height, channels);
    png_alloc_size_t count = capacity;
    const int stride = 0;  // rows without padding
    if (!png_image_write_to_memory(&image, bytes, &count, 0, pixels, stride, NULL)) {
        copy_message(message, &image);
        return 0;
    }
    return count;
}

int vae_png_decode(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint32_t channels,
                   uint8_t *pixels, char *message) {
    png_image image = new_image(0, 0, channels);
    if (!png_image_begin_read_from_memory(&image, bytes, count)) {
        copy_message(message, &image);
        return 0;
    }
    if (image.width != width || image.height != height) {
        png_image_free(&image);
        strncpy(message, "the size differs from the header's", VAE_CODEC_MESSAGE_SIZE);
        return 0;
    }
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    // Otherwise libpng takes 16-bit samples for linear light and brightens them.
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    const png_color white = {255, 255, 255};
    if (!png_image_finish_read(&image, &white, pixels, 0, NULL)) {
        copy_message(message, &image);
        return 0;
    }
    return 1;
}

uint32_t vae_png_checksum(const uint8_t *bytes, uint32_t count) { return (uint32_t)crc32(0, bytes, count); }

const char *vae_png_version(void) { return png_get_libpng_ver(NULL); }
