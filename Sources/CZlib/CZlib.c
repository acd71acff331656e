#include "CZlib.h"

#include <limits.h>

int vae_inflate_init(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}

size_t vae_gzip_bound(size_t count) {
    // compressBound counts zlib's six bytes of frame, of which gzip has eighteen.
    return compressBound(count) + 12;
}

size_t vae_gzip(const unsigned char *bytes, size_t count, unsigned char *output, size_t capacity, int quick) {
    z_stream stream = {0};
    if (count > UINT_MAX || capacity > UINT_MAX) return 0;
    // Runs are nearly all that there is to find in pictures, and they are found at once.
    const int level = quick ? Z_DEFAULT_COMPRESSION : Z_BEST_COMPRESSION;
    const int strategy = quick ? Z_RLE : Z_DEFAULT_STRATEGY;
    if (deflateInit2(&stream, level, Z_DEFLATED, 31, 9, strategy) != Z_OK) return 0;
    stream.next_in = (unsigned char *)bytes;
    stream.avail_in = (unsigned)count;
    stream.next_out = output;
    stream.avail_out = (unsigned)capacity;
    const int status = deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    return status == Z_STREAM_END ? stream.total_out : 0;
}

const char *vae_inflate_message(const z_stream *stream, int status) {
    return stream->msg ? stream->msg : zError(status);
}
