import Exploration
import ExplorerPage
import VAE

/// `vae explore RUN --export page.html`: the explorer of one run as a file to give away.
enum PageExport {
    /// Writes the page and says what is in it.
    static func write(run path: String, checkpoint: RunFolder.Point, to file: String) async throws {
        // Typed errors first, and a word about weights that are no numbers.
        let run = try RunFolder(opening: path)
        let threads = VariationalAutoencoder.defaultThreads
        let images = try CommandImages(run.configuration.data, threads: threads)
        try run.requireMemory(threads: threads, images: 0, beside: images.byteCount(.test))
        run.warn(of: try run.model(checkpoint), from: checkpoint)
        let explorer = try RunExplorer([path]) { data, split in
            try CommandImages(data, threads: threads).load(split)
        }
        let page = try await SelfContainedPage(explorer, checkpoint: checkpoint)
        try page.write(to: file)
        let pictures =
            page.pictures == page.images
            ? "all \(imageCount(page.images))"
            : "\(grouped(page.pictures)) of \(imageCount(page.images)), from all over the set"
        Console.say("wrote \(printable(file)): \(grouped(page.html.count)) bytes, \(pictures)")
    }
}
