import Formats
import Training

extension EpochLog {
    /// The last whole line, and the one with the lowest `val_loss`, or `loss` where no line has a validation; the first
    /// of equal ones.
    ///
    /// Only these two are read as a whole, with their checksums; of the others, that one number.
    /// - Throws: `FileError`, or `FormatError` naming the line's place.
    func lastAndBest() throws -> (last: EpochMetrics?, best: EpochMetrics?) {
        let bytes = try bytes() ?? []
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return (nil, nil) }
        var scores: [(line: Range<Int>, score: Double?)] = []
        var start = 0
        bytes.withUnsafeBufferPointer { bytes in
            while start <= end {
                let next = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))! + 1
                scores.append((start..<next, Self.score(UnsafeBufferPointer(rebasing: bytes[start..<next]))))
                start = next
            }
        }
        func metrics(_ line: Range<Int>) throws -> EpochMetrics? {
            try lines(Array(bytes[line]), at: line.lowerBound).first?.metrics
        }
        guard let last = try metrics(scores[scores.count - 1].line) else { return (nil, nil) }
        // What has another form than ours is read as a whole.
        guard scores.allSatisfy({ $0.score != nil }),
            let lowest = scores.indices.min(by: { scores[$0].score! < scores[$1].score! })
        else {
            let all = try lines(bytes).map(\.metrics)
            return (last, all.min { $0.score < $1.score })
        }
        if lowest == scores.count - 1 { return (last, last) }
        return (last, try metrics(scores[lowest].line))
    }

    /// The number by which a line is judged, as our own programs write it; nil for a line of another form.
    private static func score(_ line: UnsafeBufferPointer<UInt8>) -> Double? {
        for key in [#""val_loss":"#, #""loss":"#] {
            let key = Array(key.utf8)
            var place = 0
            while place + key.count < line.count {
                if line[place] == key[0], key.indices.allSatisfy({ line[place + $0] == key[$0] }) {
                    let digits = line[(place + key.count)...].prefix {
                        $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}")
                    }
                    return Double(String(decoding: digits, as: UTF8.self))
                }
                place += 1
            }
        }
        return nil
    }
}

extension EpochMetrics {
    /// By which epochs are compared: `val_loss`, or `loss` where nothing is validated.
    package var score: Double { validation?.loss ?? training.loss }
}
