// zlib for Swift: the library's own header, and the macros that Swift cannot import.
#pragma once

#include <zlib.h>

// inflateInit2: window_bits is 31 for a gzip stream, -15 for raw deflate. Returns zlib's status.
int vae_inflate_init(z_stream *stream, int window_bits);

// What zlib says of a stream that it could not inflate with this status; never NULL.
const char *vae_inflate_message(const z_stream *stream, int status);
