// zlib for Swift: the library's own header, and the macros that Swift cannot import.
#pragma once

#include <stddef.h>
#include <zlib.h>

// inflateInit2: window_bits is 31 for a gzip stream, -15 for raw deflate. Returns zlib's status.
int vae_inflate_init(z_stream *stream, int window_bits);

// What zlib says of a stream that it could not inflate with this status; never NULL.
const char *vae_inflate_message(const z_stream *stream, int status);

// The most bytes that vae_gzip makes of `count`.
size_t vae_gzip_bound(size_t count);

// One gzip member without name or time: the same bytes for the same input. Returns its size; 0 where zlib has no
// memory, the output no room, or either more than an unsigned counts.
// `quick` looks for runs of one byte only: pictures become about as small, in a twentieth of the time.
size_t vae_gzip(const unsigned char *bytes, size_t count, unsigned char *output, size_t capacity, int quick);
