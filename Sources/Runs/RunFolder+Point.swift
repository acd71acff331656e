import Formats
import Training

extension RunFolder {
    /// Which weights of a run.
    public enum Point: Hashable, Sendable, RawRepresentable {
        /// After the last step.
        case last
        /// After the epoch with the lowest val_loss.
        case best
        /// After the last whole epoch before `last`.
        case previous
        /// After an epoch, counted from 1, of a run that keeps it.
        case epoch(Int)

        /// Those that a run has whichever epochs it keeps.
        package static let always: [Point] = [.last, .best, .previous]

        private static let stem = "epoch-"
        private static let suffix = ".safetensors"

        /// `last`, `best`, `previous` or `epoch-0003`; nil for other words.
        public init?(rawValue: String) {
            if let point = Self.always.first(where: { $0.rawValue == rawValue }) {
                self = point
                return
            }
            guard rawValue.hasPrefix(Self.stem), let epoch = Int(rawValue.dropFirst(Self.stem.count)),
                (1...TrainingConfiguration.mostEpochs).contains(epoch)
            else { return nil }
            self = .epoch(epoch)
            // One name a checkpoint: no sign, and neither fewer nor more zeros.
            if self.rawValue != rawValue { return nil }
        }

        /// As files and the command line name it.
        public var rawValue: String {
            switch self {
            case .last: "last"
            case .best: "best"
            case .previous: "previous"
            case .epoch(let epoch): Self.stem + String(repeating: "0", count: max(0, 4 - "\(epoch)".count)) + "\(epoch)"
            }
        }

        /// The file, within the run's folder.
        var part: String { "\(RunPart.checkpoints)/\(rawValue)\(Self.suffix)" }

        /// The point that a file in `checkpoints` stands for; nil for any other file.
        init?(fileName: String) {
            guard fileName.hasSuffix(Self.suffix) else { return nil }
            self.init(rawValue: String(fileName.dropLast(Self.suffix.count)))
        }
    }

    /// The checkpoints that are there: last, best and previous, then every epoch that was kept, in order.
    public var points: [Point] {
        get throws(FileError) {
            let folder = partPath(RunPart.checkpoints)
            let there =
                try FileTree.isFolder(folder) ? FileTree.names(in: folder).compactMap(Point.init(fileName:)) : []
            let epochs = there.compactMap(\.epoch).sorted().map(Point.epoch)
            return Point.always.filter(there.contains) + epochs
        }
    }

    /// Refuses a run without checkpoints whose metrics tell of more than was there before the first of them.
    /// - Throws: `FormatError`; `FileError` where the system refuses to tell.
    func requireUntrained() throws {
        let folder = partPath(RunPart.checkpoints)
        // An epoch's metrics come before its checkpoint, and the folder before both.
        let most = try FileTree.isFolder(folder) ? 1 : 0
        guard try log.read(through: most + 1).count <= most else {
            throw FormatError(
                source: folder, expected: "checkpoints of the epochs that \(metricsPath) tells of", found: "none")
        }
    }

    /// Those of them that stand for an epoch.
    var keptEpochs: [Point] { get throws(FileError) { try points.filter { $0.epoch != nil } } }
}

extension RunFolder.Point {
    /// The epoch that it stands for by its name.
    package var epoch: Int? {
        if case .epoch(let epoch) = self { epoch } else { nil }
    }
}
