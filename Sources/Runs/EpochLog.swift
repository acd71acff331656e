import Formats
import Training

/// `metrics.jsonl`: one JSON object an epoch, one a line, each with a CRC-32 of its own at its end.
package struct EpochLog {
    let path: String

    var system = FileOperations.system

    /// The whole lines; none where there is no file.
    func read() throws -> [EpochMetrics] {
        try lines(bytes() ?? []).map(\.metrics)
    }

    /// The whole lines up to that of an epoch; what lies beyond is not looked at.
    func read(through epoch: Int) throws -> [EpochMetrics] {
        epoch == 0 ? [] : try lines(bytes() ?? [], through: epoch).map(\.metrics)
    }

    /// The last whole line, for which a long file is not read as a whole; nil where there is none.
    package func last() throws -> EpochMetrics? {
        // A line has some 500 bytes.
        guard var end = try bytes({ max(0, $0 - (1 << 14))..<$0 }) else { return nil }
        guard let lineBreak = end.lastIndex(of: Self.lineBreak) else { return try read().last }
        end.removeSubrange((lineBreak + 1)...)
        if let before = end.dropLast().lastIndex(of: Self.lineBreak) { end.removeSubrange(...before) }
        return try lines(end).last?.metrics
    }

    /// Whether the file ends within a line.
    var hasBrokenEnd: Bool {
        guard let end = try? bytes({ max(0, $0 - 1)..<$0 }), let last = end.last else { return false }
        return last != Self.lineBreak
    }

    /// The whole lines from a place in the file on, which is the end of another line or the file's beginning.
    /// - Returns: The lines, and where the next one will begin.
    package func read(from start: Int) throws -> (metrics: [EpochMetrics], end: Int) {
        let lines = try lines(try bytes { min(start, $0)..<$0 } ?? [])
        return (lines.map(\.metrics), start + (lines.last?.end ?? 0))
    }

    /// Adds a line, and waits until the disk has it.
    func append(_ metrics: EpochMetrics) throws {
        try AtomicFile.append(
            Self.sealed(try JSONCoding.encode(metrics)) + [Self.lineBreak], to: path, using: system)
    }

    /// Drops what came after an epoch: lines that a killed training wrote beyond its last checkpoint.
    func truncate(after epoch: Int) throws {
        guard let bytes = try bytes() else { return }
        // What lies beyond is not read: it may be damaged.
        let end = epoch == 0 ? 0 : try lines(bytes, through: epoch).last?.end ?? 0
        if end < bytes.count { try AtomicFile.write(Array(bytes[..<end]), to: path, using: system) }
    }

    func bytes(_ part: (_ size: Int) -> Range<Int> = { 0..<$0 }) throws -> [UInt8]? {
        do {
            return try FileBytes.read(path, limit: 1 << 30, part: part)
        } catch let error as FileError where error.isMissing {
            return nil
        }
    }

    /// Each whole line, up to that of an epoch, and where it ends.
    /// - Parameter first: Where the bytes lie in the file, for errors.
    func lines(
        _ bytes: [UInt8], through last: Int = .max, at first: Int = 0
    ) throws -> [(metrics: EpochMetrics, end: Int)] {
        var lines: [(metrics: EpochMetrics, end: Int)] = []
        var start = 0
        while lines.last?.metrics.epoch ?? 0 < last, let end = bytes[start...].firstIndex(of: Self.lineBreak) {
            let (line, checksum) = Self.opened(Array(bytes[start..<end]))
            do {
                let metrics = try JSONCoding.decode(
                    EpochMetrics.self, from: line, source: path, "an epoch's metrics")
                lines.append((metrics, end + 1))
            } catch {
                throw FormatError(
                    source: path, offset: first + start, expected: "an epoch's metrics",
                    found: String(decoding: line.prefix(60), as: UTF8.self) + ": \(error.found)")
            }
            // Figures count from the first epoch to the last.
            if let epoch = lines.last?.metrics.epoch, !(1...TrainingConfiguration.mostEpochs).contains(epoch) {
                throw FormatError(
                    source: path, offset: first + start,
                    expected: "an epoch of 1 to \(TrainingConfiguration.mostEpochs)",
                    found: "\(epoch)")
            }
            let found = Self.checksum(of: line)
            if let checksum, checksum != found {
                throw FormatError(
                    source: path, offset: first + start, expected: "an epoch's metrics with the CRC-32 \(checksum)",
                    found: found)
            }
            start = end + 1
        }
        return lines
    }

    private static let lineBreak = UInt8(ascii: "\n")
}

// MARK: - The checksum of a line

extension EpochLog {
    /// An object with the member that vouches for all others.
    private static func sealed(_ object: [UInt8]) -> [UInt8] {
        object.dropLast() + Array("\(seal)\(checksum(of: object))\"}".utf8)
    }

    /// The object and its checksum; nil for a line without one, as older programs wrote them.
    private static func opened(_ line: [UInt8]) -> (object: [UInt8], checksum: String?) {
        let size = seal.utf8.count + 8 + 2
        guard line.count > size, line.suffix(size).starts(with: seal.utf8), line.suffix(2).elementsEqual("\"}".utf8)
        else { return (line, nil) }
        let checksum = String(decoding: line.suffix(10).dropLast(2), as: UTF8.self)
        return (line.dropLast(size) + [UInt8(ascii: "}")], checksum)
    }

    /// Eight hexadecimal digits.
    private static func checksum(of object: [UInt8]) -> String {
        hexadecimal(withUnsafeBytes(of: CRC32.checksum(of: object).bigEndian, Array.init))
    }

    private static let seal = #","crc32":""#
}
