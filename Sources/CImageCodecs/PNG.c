// libpng: its simplified API writes; its ordinary one reads, since the simplified one brightens by gAMA and blends alpha
// in linear light. No setjmp reaches Swift.
#include "CImageCodecs.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void copy_message(char *destination, const char *message) {
    strncpy(destination, message, VAE_CODEC_MESSAGE_SIZE - 1);
    destination[VAE_CODEC_MESSAGE_SIZE - 1] = 0;
}

static png_image new_image(uint32_t width, uint32_t height, uint32_t channels) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    const png_uint_32 formats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB, PNG_FORMAT_RGBA};
    image.format = formats[channels - 1];
    return image;
}

size_t vae_png_encoded_bound(uint32_t width, uint32_t height, uint32_t channels) {
    png_image image = new_image(width, height, channels);
    return PNG_IMAGE_PNG_SIZE_MAX(image);
}

size_t vae_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quickly,
                      uint8_t *bytes, size_t capacity, char *message) {
    png_image image = new_image(width, height, channels);
    if (quickly) image.flags |= PNG_IMAGE_FLAG_FAST;
    png_alloc_size_t count = capacity;
    const int stride = 0;  // rows without padding
    if (!png_image_write_to_memory(&image, bytes, &count, 0, pixels, stride, NULL)) {
        copy_message(message, image.message);
        return 0;
    }
    return count;
}

typedef struct {
    const uint8_t *bytes;
    size_t left;
    char *message;
    // 16-bit samples before they are rounded.
    uint8_t *deep;
} reading;

static void read_bytes(png_structp png, png_bytep destination, size_t count) {
    reading *state = png_get_io_ptr(png);
    if (count > state->left) png_error(png, "the data ends too early");
    memcpy(destination, state->bytes, count);
    state->bytes += count;
    state->left -= count;
}

static void refuse(png_structp png, png_const_charp message) {
    copy_message(((reading *)png_get_error_ptr(png))->message, message);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

// Big-endian samples to bytes; (v * 255 + 32895) >> 16 is v / 257, rounded.
static uint32_t shorten(const uint8_t *deep, size_t pixels, uint32_t channels, int high_byte, uint8_t *samples) {
    const uint32_t alpha = channels == 2 || channels == 4 ? channels - 1 : channels;
    uint32_t largest = 0;
    for (size_t pixel = 0; pixel < pixels; pixel++) {
        for (uint32_t channel = 0; channel < channels; channel++) {
            const uint32_t value = (uint32_t)deep[0] << 8 | deep[1];
            if (channel != alpha && value > largest) largest = value;
            *samples++ = high_byte ? deep[0] : (uint8_t)((value * 255 + 32895) >> 16);
            deep += 2;
        }
    }
    return largest;
}

static int decode(png_structp png, png_infop info, reading *state, uint32_t width, uint32_t height, uint32_t channels,
                  int high_byte, uint8_t *pixels, uint32_t *largest) {
    if (setjmp(png_jmpbuf(png))) return 0;
    png_set_read_fn(png, state, read_bytes);
    // The caller has judged the size, and the checksums of what an image needs.
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_DEFAULT);
    // Texts, profiles and the like are stepped over; the transparency of tRNS is none of them.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, info);
    const int is_deep = png_get_bit_depth(png, info) == 16;
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
        png_error(png, "the size differs from the header's");
    }
    // To eight bits at least, palettes to colours, tRNS to alpha.
    png_set_expand(png);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    const size_t row = (size_t)width * channels << is_deep;
    if (png_get_channels(png, info) != channels || png_get_rowbytes(png, info) != row) {
        png_error(png, "its channels differ from the header's");
    }
    uint8_t *rows = pixels;
    if (is_deep) {
        rows = state->deep = malloc(row * height);
        if (!rows) png_error(png, "there is not enough memory");
    }
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < height; y++) png_read_row(png, rows + row * y, NULL);
    }
    *largest = is_deep ? shorten(rows, (size_t)width * height, channels, high_byte, pixels) : 0;
    return 1;
}

int vae_png_decode(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint32_t channels,
                   int high_byte, uint8_t *pixels, uint32_t *largest, char *message) {
    reading state = {.bytes = bytes, .left = count, .message = message, .deep = NULL};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, refuse, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int decoded = 0;
    if (info) {
        decoded = decode(png, info, &state, width, height, channels, high_byte, pixels, largest);
    } else {
        copy_message(message, "there is not enough memory");
    }
    png_destroy_read_struct(&png, &info, NULL);
    free(state.deep);
    return decoded;
}

uint32_t vae_png_checksum(const uint8_t *bytes, uint32_t count) { return (uint32_t)crc32(0, bytes, count); }

const char *vae_png_version(void) { return png_get_libpng_ver(NULL); }
