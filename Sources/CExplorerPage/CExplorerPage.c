// The files of the explorer's page. A new file in page/ needs an entry here.
#include "CExplorerPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// The text of one file, between its name and the end of its entry.
#define FILE_NAMED(name) {name, (const unsigned char[]) {
#define END , 0}},

static const struct vae_page_file files[] = {
    FILE_NAMED("engine.js")
#embed "page/engine.js"
    END
};

struct vae_page_file vae_page_file(size_t position) {
    const size_t count = sizeof files / sizeof *files;
    return position < count ? files[position] : (struct vae_page_file){NULL, NULL};
}
