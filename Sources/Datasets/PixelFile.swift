import Formats
import Synchronization
import Tensors

/// Images as bytes in a file, one behind the other, read when they are wanted and never held.
///
/// Each is read by a call of the system, from its page cache where it has been read before. A mapping would save one
/// copy, but a file that is cut short would end the process without a word, and a limit on addresses would be a limit
/// on the set.
package final class PixelFile: PixelSource {
    /// Bytes of an image.
    package let imageSize: Int
    /// How many images the file holds.
    package let count: Int
    private let file: OpenFile
    /// Where the first image begins.
    private let start: Int
    private let failure = Mutex<(any Error)?>(nil)
    private let nanoseconds = Atomic<Int>(0)

    /// Opens a file; nothing of it is read yet.
    /// - Parameters:
    ///   - start: Where the first image begins.
    /// - Throws: `FileError`; `FormatError` where the file is too short for so many.
    package init(_ path: String, from start: Int, count: Int, imageSize: Int) throws {
        file = try OpenFile(path)
        (self.start, self.count, self.imageSize) = (start, count, imageSize)
        guard let size = checkedProduct([count, imageSize]), size <= file.size - start else {
            throw FormatError(
                source: path, offset: file.size, expected: "\(counted(count, "image")) of \(imageSize) bytes each",
                found: "the end")
        }
    }

    package func read(_ row: Int, into bytes: UnsafeMutablePointer<UInt8>) {
        let begun = ContinuousClock.now
        do {
            try read(row..<row + 1, into: UnsafeMutableRawBufferPointer(start: bytes, count: imageSize))
        } catch {
            bytes.update(repeating: 0, count: imageSize)
            failure.withLock { $0 = $0 ?? error }
        }
        nanoseconds.add(Int(begun.duration(to: .now) / .nanoseconds(1)), ordering: .relaxed)
    }

    /// Images that lie behind one another.
    /// - Throws: `FileError`; `FormatError` where the file ends before.
    package func read(_ rows: Range<Int>, into bytes: UnsafeMutableRawBufferPointer) throws {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count && bytes.count == rows.count * imageSize)
        try file.read(into: bytes, from: start + rows.lowerBound * imageSize)
    }

    /// Tells the system which image is wanted soon.
    package func prepare(_ row: Int) { file.prepare(start + row * imageSize, imageSize) }

    /// Throws where an image could not be read since the file was opened, or the file is no longer what it was.
    /// - Throws: `FileError` or `FormatError`, naming it.
    package func requireWhole() throws {
        if let error = failure.withLock({ $0 }) { throw error }
        try file.requireUnchanged()
    }

    /// The time that threads have spent in reading, all of them together, in seconds.
    package var readingSeconds: Double { 1e-9 * Double(nanoseconds.load(ordering: .relaxed)) }
}
