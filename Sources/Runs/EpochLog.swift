import Formats
import Training

/// `metrics.jsonl`: one JSON object an epoch, one a line.
struct EpochLog {
    let path: String

    var system = FileOperations.system

    /// The whole lines; none where there is no file.
    func read() throws -> [EpochMetrics] {
        try lines(bytes() ?? []).map(\.metrics)
    }

    /// Adds a line, and waits until the disk has it.
    func append(_ metrics: EpochMetrics) throws {
        try AtomicFile.append(try JSONCoding.encode(metrics) + [Self.lineBreak], to: path, using: system)
    }

    /// Drops what came after an epoch: lines that a killed training wrote beyond its last checkpoint.
    func truncate(after epoch: Int) throws {
        guard let bytes = try bytes() else { return }
        // What lies beyond is not read: it may be damaged.
        let end = epoch == 0 ? 0 : try lines(bytes, through: epoch).last?.end ?? 0
        if end < bytes.count { try AtomicFile.write(Array(bytes[..<end]), to: path, using: system) }
    }

    private func bytes() throws -> [UInt8]? {
        do {
            return try FileBytes.read(path, limit: 1 << 30)
        } catch let error as FileError where error.isMissing {
            return nil
        }
    }

    /// Each whole line, up to that of an epoch, and where it ends.
    private func lines(_ bytes: [UInt8], through last: Int = .max) throws -> [(metrics: EpochMetrics, end: Int)] {
        var lines: [(metrics: EpochMetrics, end: Int)] = []
        var start = 0
        while lines.last?.metrics.epoch ?? 0 < last, let end = bytes[start...].firstIndex(of: Self.lineBreak) {
            do {
                let line = Array(bytes[start..<end])
                let metrics = try JSONCoding.decode(
                    EpochMetrics.self, from: line, source: path, "an epoch's metrics")
                lines.append((metrics, end + 1))
            } catch {
                throw FormatError(
                    source: path, offset: start, expected: "an epoch's metrics",
                    found: String(decoding: bytes[start..<end].prefix(60), as: UTF8.self))
            }
            // Figures count from the first epoch to the last.
            if let epoch = lines.last?.metrics.epoch, !(1...TrainingConfiguration.mostEpochs).contains(epoch) {
                throw FormatError(
                    source: path, offset: start, expected: "an epoch of 1 to \(TrainingConfiguration.mostEpochs)",
                    found: "\(epoch)")
            }
            start = end + 1
        }
        return lines
    }

    private static let lineBreak = UInt8(ascii: "\n")
}
