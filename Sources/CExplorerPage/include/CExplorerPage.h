// The explorer's page, compiled in. A function, since Swift cannot import `extern T x[]`.
#pragma once

#include <stddef.h>

// One file: its name, and its text, which ends in a zero byte. Both live as long as the program.
struct vae_page_file {
    const char *name;
    const unsigned char *text;
};

// The file at a position; its name is NULL past the last.
struct vae_page_file vae_page_file(size_t position);
