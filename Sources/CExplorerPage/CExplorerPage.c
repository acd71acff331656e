// The files of the explorer's page. A new file in page/ needs an entry here.
#include "CExplorerPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// The text of one file, between its name and the end of its entry.
#define FILE_NAMED(name) {name, (const unsigned char[]) {
#define END , 0}},

static const struct vae_page_file files[] = {
    FILE_NAMED("chart.js")
#embed "page/chart.js"
    END
    FILE_NAMED("compare.js")
#embed "page/compare.js"
    END
    FILE_NAMED("dom.js")
#embed "page/dom.js"
    END
    FILE_NAMED("embedded.js")
#embed "page/embedded.js"
    END
    FILE_NAMED("engine.js")
#embed "page/engine.js"
    END
    FILE_NAMED("index.html")
#embed "page/index.html"
    END
    FILE_NAMED("kinds.js")
#embed "page/kinds.js"
    END
    FILE_NAMED("lattice.js")
#embed "page/lattice.js"
    END
    FILE_NAMED("main.js")
#embed "page/main.js"
    END
    FILE_NAMED("map-between.js")
#embed "page/map-between.js"
    END
    FILE_NAMED("map-controls.js")
#embed "page/map-controls.js"
    END
    FILE_NAMED("map-draw.js")
#embed "page/map-draw.js"
    END
    FILE_NAMED("map-input.js")
#embed "page/map-input.js"
    END
    FILE_NAMED("map-look.js")
#embed "page/map-look.js"
    END
    FILE_NAMED("map-overlay.js")
#embed "page/map-overlay.js"
    END
    FILE_NAMED("map-sample.js")
#embed "page/map-sample.js"
    END
    FILE_NAMED("map.js")
#embed "page/map.js"
    END
    FILE_NAMED("names.js")
#embed "page/names.js"
    END
    FILE_NAMED("ops.js")
#embed "page/ops.js"
    END
    FILE_NAMED("pad.js")
#embed "page/pad.js"
    END
    FILE_NAMED("pipeline-code.js")
#embed "page/pipeline-code.js"
    END
    FILE_NAMED("pipeline-layers.js")
#embed "page/pipeline-layers.js"
    END
    FILE_NAMED("pipeline-wires.js")
#embed "page/pipeline-wires.js"
    END
    FILE_NAMED("pipeline-words.js")
#embed "page/pipeline-words.js"
    END
    FILE_NAMED("pipeline.css")
#embed "page/pipeline.css"
    END
    FILE_NAMED("pipeline.js")
#embed "page/pipeline.js"
    END
    FILE_NAMED("plane.js")
#embed "page/plane.js"
    END
    FILE_NAMED("png.js")
#embed "page/png.js"
    END
    FILE_NAMED("progress.js")
#embed "page/progress.js"
    END
    FILE_NAMED("scatter.js")
#embed "page/scatter.js"
    END
    FILE_NAMED("source.js")
#embed "page/source.js"
    END
    FILE_NAMED("state.js")
#embed "page/state.js"
    END
    FILE_NAMED("style.css")
#embed "page/style.css"
    END
    FILE_NAMED("theme.js")
#embed "page/theme.js"
    END
    FILE_NAMED("tile.js")
#embed "page/tile.js"
    END
    FILE_NAMED("training.js")
#embed "page/training.js"
    END
    FILE_NAMED("way.js")
#embed "page/way.js"
    END
};

struct vae_page_file vae_page_file(size_t position) {
    const size_t count = sizeof files / sizeof *files;
    return position < count ? files[position] : (struct vae_page_file){NULL, NULL};
}
