#include "CZlib.h"

int vae_inflate_init(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}

const char *vae_inflate_message(const z_stream *stream, int status) {
    return stream->msg ? stream->msg : zError(status);
}
