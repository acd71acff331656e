import Formats
import Models
import Training

/// A run on disk, for reading: `runs/NAME/` with all that a training left behind.
///
/// - `config.json`: everything needed to repeat it,
/// - `metrics.jsonl`: a line an epoch,
/// - `checkpoints/last.safetensors` and `best.safetensors`,
/// - `figures/` and `report.html`.
public struct RunFolder: Hashable, Sendable {
    /// Which weights.
    public enum Point: String, Hashable, Sendable, CaseIterable {
        /// After the last step.
        case last
        /// After the epoch with the lowest val_loss.
        case best
    }

    /// As it was given.
    public let path: String
    /// The run's `config.json`.
    public let configuration: RunConfiguration

    /// Opens a run.
    /// - Throws: `RunError`, `FileError` or `FormatError` naming the path.
    public init(opening path: String) throws {
        let path = FileTree.trimmed(path)
        self.path = path
        guard FileTree.isFolder(path) else { throw RunError.missing(path: path) }
        guard let bytes = try Self.configurationBytes(in: path) else { throw RunError.notARun(path: path) }
        configuration = try RunConfiguration(parsing: bytes, source: Self.configurationPath(path))
    }

    init(path: String, configuration: RunConfiguration) {
        self.path = path
        self.configuration = configuration
    }

    /// The last part of the path.
    public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    /// Where the pictures lie.
    public var figuresPath: String { "\(path)/figures" }
    /// The page that holds them all.
    public var reportPath: String { "\(path)/report.html" }
    /// Where a checkpoint lies.
    public func checkpointPath(_ point: Point) -> String { "\(path)/checkpoints/\(point.rawValue).safetensors" }
    var metricsPath: String { "\(path)/metrics.jsonl" }
    static func configurationPath(_ path: String) -> String { "\(path)/config.json" }

    /// Reads weights, moments and position.
    /// - Throws: `FileError` or `FormatError`.
    package func checkpoint(_ point: Point) throws -> Checkpoint {
        let checkpoint = try Checkpoint(path: checkpointPath(point))
        guard checkpoint.configuration == configuration.training else {
            throw FormatError(
                source: checkpointPath(point), expected: "a checkpoint of the run's own configuration",
                found: "another configuration's")
        }
        return checkpoint
    }

    /// The trained model.
    /// - Parameters:
    ///   - point: The last weights, or the best.
    ///   - threads: Compute threads; results do not depend on it.
    /// - Throws: `FileError` or `FormatError`.
    public func model(
        _ point: Point = .last, threads: Int = VariationalAutoencoder.defaultThreads
    ) throws -> VariationalAutoencoder {
        try checkpoint(point).model(threads: threads)
    }

    /// Every epoch so far; a last line that was cut off while it was written does not count.
    /// - Throws: `FileError`, or `FormatError` naming the line's place.
    public func metrics() throws -> [EpochMetrics] {
        try EpochLog(path: metricsPath).read()
    }

    /// `config.json`, or nil where there is none.
    static func configurationBytes(in path: String) throws -> [UInt8]? {
        do {
            return try FileBytes.read(configurationPath(path), limit: 1 << 20)
        } catch let error as FileError where error.isMissing {
            return nil
        }
    }
}
