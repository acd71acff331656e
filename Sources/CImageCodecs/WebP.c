// libwebp by dlopen: without it all other pictures still work, and nothing needs its headers.
#include "CImageCodecs.h"

#include <dlfcn.h>
#include <string.h>

// WEBP_DECODER_ABI_VERSION 2.9; versions agree where the first number does.
static const int abi_version = 0x0209;

// WebPBitstreamFeatures, with the fields that a later version may use.
typedef struct {
    int width, height, has_alpha, has_animation, format;
    uint32_t pad[5];
} bitstream_features;

int vae_webp_load(const char *name, vae_webp *library) {
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return 0;
    *(void **)&library->decode_rgb = dlsym(handle, "WebPDecodeRGBInto");
    *(void **)&library->decode_rgba = dlsym(handle, "WebPDecodeRGBAInto");
    *(void **)&library->features = dlsym(handle, "WebPGetFeaturesInternal");
    return library->decode_rgb && library->decode_rgba && library->features;
}

int vae_webp_decode(const vae_webp *library, const uint8_t *bytes, size_t count, uint32_t width, uint32_t height,
                    uint32_t channels, uint8_t *pixels, char *message) {
    const char *reason = NULL;
    bitstream_features features;
    memset(&features, 0, sizeof features);
    const size_t row = (size_t)width * channels;
    if (library->features(bytes, count, &features, abi_version) != 0) {
        reason = "libwebp cannot read its header";
    } else if (features.has_animation) {
        reason = "it is animated";
    } else if ((uint32_t)features.width != width || (uint32_t)features.height != height) {
        reason = "the size differs from the header's";
    } else if ((features.has_alpha ? 4 : 3) != channels) {
        reason = "its channels differ from the header's";
    } else if (!(channels == 4 ? library->decode_rgba : library->decode_rgb)(bytes, count, pixels, row * height,
                                                                              (int)row)) {
        reason = "its data is damaged or cut off";
    }
    if (reason) strncpy(message, reason, VAE_CODEC_MESSAGE_SIZE - 1);
    return !reason;
}
