/// Bytes that are read a part at a time, so that nobody takes memory for those that are not asked for.
package struct ByteSource: Sendable {
    /// The file, or the name of the bytes where there is no file.
    package let name: String
    /// How many bytes there are.
    package let size: Int
    private let copy: @Sendable (UnsafeMutableRawBufferPointer, _ start: Int) throws -> Void

    /// Bytes in memory; reading them never fails.
    package init(_ bytes: [UInt8], name: String) {
        self.name = name
        size = bytes.count
        copy = { buffer, start in
            bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[start..<start + buffer.count])) }
        }
    }

    /// A regular file, of which nothing is read yet.
    /// - Parameter limit: The most bytes that are accepted.
    /// - Throws: `FileError` where the system refuses, `FormatError` where it is no regular file or too large.
    package init(file path: String, limit: Int) throws {
        let file = try OpenFile(path)
        guard file.size <= limit else {
            throw FormatError(source: path, expected: "at most \(counted(limit, "byte"))", found: "\(file.size)")
        }
        name = path
        size = file.size
        copy = { buffer, start in try file.read(into: buffer, from: start) }
    }

    /// Fills a buffer with the bytes from `start` on, all of which must be there.
    func read(into buffer: UnsafeMutableRawBufferPointer, from start: Int) throws {
        precondition(start >= 0 && start + buffer.count <= size)
        if !buffer.isEmpty { try copy(buffer, start) }
    }

    /// A part of the bytes, cut off at their end.
    package func bytes(_ range: Range<Int>) throws -> [UInt8] {
        let range = range.clamped(to: 0..<size)
        return try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            try read(into: UnsafeMutableRawBufferPointer(buffer), from: range.lowerBound)
            count = range.count
        }
    }
}
