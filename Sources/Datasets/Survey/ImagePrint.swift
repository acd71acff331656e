import Formats

/// What tells an image from others: a digest of its bytes, and what it looks like from afar.
struct ImagePrint: Sendable {
    /// The first sixteen bytes of the SHA-256 of its bytes.
    let digest: Digest
    /// A bit for each two neighbours in a row of the thumbnail: whether the right one is brighter (the difference hash,
    /// dHash).
    let hash: UInt64
    /// Grey levels, 8 rows of 9.
    let thumbnail: [UInt8]
    /// Whether all of its pixels are the same.
    let isConstant: Bool

    /// Sixteen bytes.
    struct Digest: Hashable, Sendable {
        let high, low: UInt64
    }

    static let (rows, columns) = (8, 9)
    /// Bits in which the hashes of near-duplicates may differ, of 64.
    static let mostBits = 3
    /// How much the thumbnails of near-duplicates may differ, in levels a pixel.
    static let mostLevels = 4

    /// - Parameter image: [height, width, channels], 1, 3 or 4 of them; alpha has no part in what it looks like.
    init(_ image: UnsafeBufferPointer<UInt8>, height: Int, width: Int, channels: Int) {
        let sha = SHA256()
        sha.add(UnsafeRawBufferPointer(image))
        let bytes = sha.digest()
        digest = Digest(
            high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) })
        thumbnail = Self.thumbnail(image, height, width, channels)
        var hash: UInt64 = 0
        for row in 0..<Self.rows {
            for column in 1..<Self.columns {
                let place = row * Self.columns + column
                hash = hash << 1 | (thumbnail[place - 1] < thumbnail[place] ? 1 : 0)
            }
        }
        self.hash = hash
        isConstant = !(channels..<max(channels, image.count)).contains { image[$0] != image[$0 % channels] }
    }

    /// Means over the parts of an image, grey by ITU-R BT.601; a part of a small image is a pixel at least.
    private static func thumbnail(
        _ image: UnsafeBufferPointer<UInt8>, _ height: Int, _ width: Int, _ channels: Int
    ) -> [UInt8] {
        func part(_ place: Int, of parts: Int, _ size: Int) -> Range<Int> {
            let start = place * size / parts
            return start..<max(start + 1, (place + 1) * size / parts)
        }
        let across = (0..<columns).map { part($0, of: columns, width) }
        var thumbnail: [UInt8] = []
        thumbnail.reserveCapacity(rows * columns)
        for row in 0..<rows {
            let lines = part(row, of: rows, height)
            for columns in across {
                var sum = 0
                for y in lines {
                    var place = (y * width + columns.lowerBound) * channels
                    for _ in columns {
                        if channels < 3 {
                            sum &+= 256 &* Int(image[place])
                        } else {
                            sum &+=
                                77 &* Int(image[place]) &+ 150 &* Int(image[place &+ 1])
                                &+ 29 &* Int(image[place &+ 2])
                        }
                        place &+= channels
                    }
                }
                thumbnail.append(UInt8(sum / (256 * lines.count * columns.count)))
            }
        }
        return thumbnail
    }

    /// Whether it looks like another from afar.
    func isNear(_ other: ImagePrint) -> Bool {
        (hash ^ other.hash).nonzeroBitCount <= Self.mostBits && looksLike(other)
    }

    private func looksLike(_ other: ImagePrint) -> Bool {
        var sum = 0
        for (a, b) in zip(thumbnail, other.thumbnail) { sum += abs(Int(a) - Int(b)) }
        return sum <= Self.mostLevels * thumbnail.count
    }
}

/// Images that others repeat.
struct RepeatedImages {
    /// Images whose bytes are those of an earlier one, each with the first such.
    private(set) var exact: [Pair] = []
    /// Images that look like an earlier one, each with one such.
    private(set) var near: [Pair] = []

    /// Positions in the list.
    struct Pair: Hashable {
        let image, earlier: Int
    }

    /// Images whose thumbnails one image is held against, and images with a common quarter.
    private static let (mostCompared, mostInBucket) = (1024, 16_384)

    /// Finds the images of a list that repeat earlier ones; near-duplicates are looked for among images that are neither
    /// the same nor of one colour.
    ///
    /// Two hashes that differ in three bits share one of their four quarters at least, so that only images with a common
    /// quarter are compared. Images without detail share theirs with very many: of those only so many are looked at, so
    /// that the time does not grow with the square of the set.
    init(_ prints: [ImagePrint]) {
        var first: [ImagePrint.Digest: Int] = [:]
        var buckets = [[(hash: UInt64, place: Int32)]](repeating: [], count: 4 << 16)
        for (place, print) in prints.enumerated() {
            if let earlier = first[print.digest] {
                exact.append(Pair(image: place, earlier: earlier))
                continue
            }
            first[print.digest] = place
            if print.isConstant { continue }
            let quarters = (0..<4).map { $0 << 16 | Int(print.hash >> UInt64(16 * $0) & 0xFFFF) }
            var left = Self.mostCompared
            search: for quarter in quarters {
                for other in buckets[quarter]
                where left > 0 && (other.hash ^ print.hash).nonzeroBitCount <= ImagePrint.mostBits {
                    left -= 1
                    guard print.isNear(prints[Int(other.place)]) else { continue }
                    near.append(Pair(image: place, earlier: Int(other.place)))
                    break search
                }
            }
            for quarter in quarters where buckets[quarter].count < Self.mostInBucket {
                buckets[quarter].append((print.hash, Int32(place)))
            }
        }
    }
}
