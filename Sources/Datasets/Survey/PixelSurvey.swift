import Formats
import Synchronization
import Tensors

/// What the pixels of a set are, read once on all cores.
struct PixelSurvey {
    /// How often each byte stands in each channel.
    let histograms: [[Int]]
    /// One for each image.
    let prints: [ImagePrint]

    /// - Throws: `FileError` or `FormatError` where the set's file cannot be read.
    init(_ images: ImageDataset, threads: Int) throws {
        let pool = ThreadPool(threads: threads)
        let (count, size, channels) = (images.count, images.imageSize, images.channels)
        let levels = 256
        var counts = [Int](repeating: 0, count: pool.threads * channels * levels)
        var prints = [ImagePrint?](repeating: nil, count: count)
        let chunk = max(1, min(64, (1 << 22) / size))
        let failure = Mutex<(any Error)?>(nil)
        let buffers = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: pool.threads * chunk * size)
        defer { buffers.deallocate() }
        counts.withUnsafeMutableBufferPointer { counts in
            prints.withUnsafeMutableBufferPointer { prints in
                nonisolated(unsafe) let (counts, prints, buffers) = (counts, prints, buffers)
                pool.parallelFor((count + chunk - 1) / chunk) { piece, worker in
                    let range = piece * chunk..<min(count, (piece + 1) * chunk)
                    let bytes = UnsafeMutableBufferPointer(
                        rebasing: buffers[worker * chunk * size..<(worker * chunk + range.count) * size])
                    do {
                        try images.read(range, into: bytes)
                    } catch {
                        failure.withLock { $0 = $0 ?? error }
                        return
                    }
                    let own = counts.baseAddress! + worker * channels * levels
                    for place in stride(from: 0, to: bytes.count, by: channels) {
                        for channel in 0..<channels { own[channel &* levels &+ Int(bytes[place &+ channel])] &+= 1 }
                    }
                    for (place, image) in range.enumerated() {
                        prints[image] = ImagePrint(
                            UnsafeBufferPointer(rebasing: bytes[place * size..<(place + 1) * size]),
                            height: images.height, width: images.width, channels: channels)
                    }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        self.prints = prints.compactMap(\.self)
        histograms = (0..<channels).map { channel in
            (0..<levels).map { level in
                (0..<pool.threads).reduce(0) { $0 + counts[($1 * channels + channel) * levels + level] }
            }
        }
    }
}
