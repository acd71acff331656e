import Formats
import Models
import Training

/// A run on disk, for reading: `runs/NAME/` with all that a training left behind.
///
/// - `config.json`: everything needed to repeat it,
/// - `metrics.jsonl`: a line an epoch,
/// - `checkpoints/last.safetensors`, `best.safetensors` and `previous.safetensors`; `epoch-0001.safetensors` and so on
///   for the epochs that were to be kept (`KeptEpochs`),
/// - `nan/` where a number was not finite: the images of that step,
/// - `figures/` and `report.html`.
public struct RunFolder: Hashable, Sendable {
    /// As it was given.
    public let path: String
    /// The run's `config.json`.
    public let configuration: RunConfiguration

    /// Opens a run.
    /// - Throws: `RunError`, `FileError` or `FormatError` naming the path.
    public init(opening path: String) throws {
        let path = FileTree.trimmed(path)
        self.path = path
        guard try FileTree.isFolder(path) else {
            if try FileKind(of: path) == .link { throw RunError.leadsNowhere(path: path) }
            throw RunPlaces.isRepaired(path) ? RunError.notUTF8(path: path) : RunError.missing(path: path)
        }
        guard let bytes = try Self.configurationBytes(in: path) else { throw RunError.notARun(path: path) }
        configuration = try RunConfiguration(parsing: bytes, source: Self.configurationPath(path))
    }

    init(path: String, configuration: RunConfiguration) {
        self.path = path
        self.configuration = configuration
    }

    /// The last part of the path.
    public var name: String { Self.name(of: path) }
    package static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
    /// Where the pictures lie.
    public var figuresPath: String { partPath(RunPart.figures) }
    /// The page that holds them all.
    public var reportPath: String { partPath(RunPart.report) }
    /// Whether the page has been made.
    package var hasReport: Bool { get throws(FileError) { try FileTree.exists(reportPath) } }
    /// Where a checkpoint lies.
    public func checkpointPath(_ point: Point) -> String { partPath(point.part) }
    /// Where a damaged `last` is kept.
    var damagedPath: String { partPath(RunPart.damaged) }
    package var metricsPath: String { partPath(RunPart.metrics) }
    /// A line an epoch.
    package var log: EpochLog { EpochLog(path: metricsPath) }
    /// Where the images of a step lie whose numbers were not finite.
    func faultPath(step: Int) -> String { partPath(RunPart.fault(step: step)) }
    package static func configurationPath(_ path: String) -> String {
        partPath(RunPart.configuration, in: path)
    }

    func partPath(_ part: String) -> String { Self.partPath(part, in: path) }

    /// Looked up each time: a run may take the place of another meanwhile (`RunReplacement`).
    private static func partPath(_ part: String, in path: String) -> String {
        "\((try? RunReplacement.place(of: path)) ?? path)/\(part)"
    }

    /// Reads weights, moments and position.
    /// - Throws: `FileError` or `FormatError`.
    package func checkpoint(_ point: Point) throws -> Checkpoint {
        try checkpoint(at: checkpointPath(point))
    }

    /// The same of any file, which must be of this run's settings and images; it may have been made for fewer epochs.
    package func checkpoint(at path: String) throws -> Checkpoint {
        try checked(try Checkpoint(path: path), source: path)
    }

    /// A checkpoint, if it is the run's own.
    /// - Throws: `FormatError`.
    func checked(_ checkpoint: Checkpoint, source: String) throws(FormatError) -> Checkpoint {
        let differences = configuration.training.differences(from: checkpoint.configuration)
            .filter { $0.setting != "epochs" }
        guard differences.isEmpty, checkpoint.configuration.epochs <= configuration.training.epochs else {
            let words = differences.map { "\($0.setting) \($0.now)" }.joined(separator: ", ")
            throw FormatError(
                source: source, expected: "a checkpoint of the run's own configuration",
                found: "another configuration's" + (words.isEmpty ? "" : " (\(words))"))
        }
        guard checkpoint.dataHash == configuration.trainingImages.sha256 else {
            throw FormatError(
                source: source, expected: "a checkpoint of the run's own images",
                found: "images with the SHA-256 \(checkpoint.dataHash)")
        }
        return checkpoint
    }

    /// The trained model.
    /// - Parameters:
    ///   - point: Which weights.
    ///   - threads: Compute threads; results do not depend on it.
    /// - Throws: `FileError` or `FormatError`.
    public func model(
        _ point: Point = .last, threads: Int = VariationalAutoencoder.defaultThreads
    ) throws -> VariationalAutoencoder {
        try checkpoint(point).model(threads: threads)
    }

    /// The whole epochs that a checkpoint has seen.
    /// - Throws: `FileError` or `FormatError`.
    package func epoch(of point: Point) throws -> Int {
        try Checkpoint.state(at: checkpointPath(point)).epoch
    }

    /// Every epoch so far; a last line that was cut off while it was written does not count.
    /// - Throws: `FileError`, or `FormatError` naming the line's place.
    public func metrics() throws -> [EpochMetrics] {
        try log.read()
    }

    /// `report.html`, or nil where there is none.
    func reportBytes() throws -> [UInt8]? {
        do {
            return try FileBytes.read(reportPath, limit: Self.largestPage)
        } catch let error as FileError where error.isMissing {
            return nil
        }
    }

    /// The most bytes of a page or picture that are read.
    static let largestPage = 1 << 28

    /// `config.json`, or nil where there is none.
    static func configurationBytes(in path: String) throws -> [UInt8]? {
        // Where the system refuses to tell, that is the error.
        _ = try RunReplacement.place(of: path)
        do {
            return try FileBytes.read(configurationPath(path), limit: 1 << 20)
        } catch let error as FileError where error.isMissing {
            return nil
        }
    }
}
