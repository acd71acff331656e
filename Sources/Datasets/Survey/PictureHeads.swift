import Formats
import Pictures
import Tensors

/// What the files of a set say of their pictures, read from their heads on all cores.
struct PictureHeads {
    /// One for each file of the listing; nil for a file that is no picture.
    let outlines: [PictureOutline?]
    /// Files that are no pictures, and why.
    let bad: [PictureRecord.Skipped]

    init(_ listing: PictureListing, threads: Int) {
        let count = listing.entries.count
        var found = [Result<PictureOutline, any Error>?](repeating: nil, count: count)
        found.withUnsafeMutableBufferPointer { found in
            nonisolated(unsafe) let found = found
            ThreadPool(threads: threads).parallelFor((count + Self.chunk - 1) / Self.chunk) { chunk, _ in
                for place in chunk * Self.chunk..<min(count, (chunk + 1) * Self.chunk) {
                    found[place] = Result {
                        try PictureFile.outline(
                            of: ByteSource(
                                file: listing.path(of: listing.entries[place]), limit: PictureFile.largestFile))
                    }
                }
            }
        }
        outlines = found.map { try? $0?.get() }
        bad = zip(listing.entries, found).compactMap { entry, found in
            guard case .failure(let error) = found else { return nil }
            return .init(file: entry.path, reason: PictureBuilder.reason(error, listing.path(of: entry)))
        }
    }

    private static let chunk = 64

    /// The sizes of the images that would be made of them without one that is asked for, the most frequent first.
    func sizes(_ settings: PictureSettings) -> [StoredSize] {
        var counts: [[Int]: Int] = [:]
        for case let outline? in outlines {
            let turns = settings.orientation == .apply && outline.orientation > 4
            let size = [outline.height, outline.width]
            counts[turns ? size.reversed() : size, default: 0] += 1
        }
        return counts.map { StoredSize(height: $0.key[0], width: $0.key[1], files: $0.value) }
            .sorted { ($1.files, $0.height, $0.width) < ($0.files, $1.height, $1.width) }
    }
}

/// Files of one size.
package struct StoredSize: Hashable, Sendable {
    package let height, width, files: Int

    /// The side of a square that most pictures of these sizes fill: a power of two between 16 and 128, no longer than
    /// the shorter side of half of the files.
    static func square(for sizes: [StoredSize]) -> Int {
        let sides = sizes.map { (side: min($0.height, $0.width), files: $0.files) }.sorted { $0.side < $1.side }
        var left = sides.reduce(0) { $0 + $1.files } / 2
        let median =
            sides.first {
                left -= $0.files; return left < 0
            }?.side ?? 64
        return [128, 64, 32].first { $0 <= median } ?? 16
    }
}
