import Formats
import Training

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// `metrics.jsonl`: one JSON object an epoch, one a line.
struct EpochLog {
    let path: String

    /// The whole lines; none where there is no file.
    func read() throws -> [EpochMetrics] {
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path, limit: 1 << 30)
        } catch let error as FileError where error.isMissing {
            return []
        }
        var epochs: [EpochMetrics] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: Self.lineBreak) {
            do {
                let line = Array(bytes[start..<end])
                epochs.append(try JSONCoding.decode(EpochMetrics.self, from: line, source: path, "an epoch's metrics"))
            } catch {
                throw FormatError(
                    source: path, offset: start, expected: "an epoch's metrics",
                    found: String(decoding: bytes[start..<end].prefix(60), as: UTF8.self))
            }
            start = end + 1
        }
        return epochs
    }

    /// Adds a line, and waits until the disk has it.
    func append(_ metrics: EpochMetrics) throws {
        let line = try Self.line(metrics)
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(path: path, operation: .create, code: errno) }
        defer { close(descriptor) }
        var written = 0
        while written < line.count {
            let part = line[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if part < 0, errno == EINTR { continue }
            guard part >= 0 else { throw FileError(path: path, operation: .write, code: errno) }
            written += part
        }
        guard fsync(descriptor) == 0 else { throw FileError(path: path, operation: .write, code: errno) }
    }

    /// Drops what came after an epoch: lines that a killed training wrote beyond its last checkpoint.
    func truncate(after epoch: Int) throws {
        let kept = try read().filter { $0.epoch <= epoch }
        try AtomicFile.write(try kept.flatMap(Self.line), to: path)
    }

    private static let lineBreak = UInt8(ascii: "\n")

    private static func line(_ metrics: EpochMetrics) throws -> [UInt8] {
        try JSONCoding.encode(metrics) + [lineBreak]
    }
}
