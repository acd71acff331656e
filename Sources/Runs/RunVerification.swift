import Datasets
import Formats
import Training

/// Everything about a run that can be checked: each of its files by itself, and whether all tell the same story.
///
/// - `config.json`: read as everywhere, of a version that is known, of a model that can be built,
/// - checkpoints: hash, the run's settings and images, every tensor in its shape and finite, a position that a training
///   comes to (`RunConfiguration.requirePossible`),
/// - `metrics.jsonl`: every line by its checksum, epochs in order, numbers that add up, the best epoch,
/// - figures and `report.html`: whole, and the one shows the others,
/// - `nan/`: archives that can be read,
/// - the images, where they are at hand: by their hashes.
package struct RunVerification: Sendable {
    package enum Status: String, Sendable {
        case ok
        /// Not as a finished run leaves it, but nothing that going on would not mend.
        case note
        case fault
    }

    package struct Finding: Sendable {
        /// A file of the run, or `training images`.
        package let part: String
        package let status: Status
        package let words: String
    }

    package typealias Images = (training: ImageDataset, validation: ImageDataset)

    package let path: String
    package private(set) var findings: [Finding] = []
    package var faults: [Finding] { findings.filter { $0.status == .fault } }

    /// - Parameter images: The run's images as they are now.
    /// - Throws: `RunError` where there is no run at all.
    package init(
        _ path: String, images: (DataSelection, _ seed: UInt64) throws -> Images
    ) throws {
        self.path = FileTree.trimmed(path)
        let run: RunFolder
        do {
            run = try RunFolder(opening: path)
        } catch let error as FormatError {
            add("config.json", .fault, "\(error)")
            return
        }
        add(
            "config.json", .ok,
            "settings of a run, version \(run.configuration.programVersion)"
                + (run.configuration.imported.map { ", \($0.words)" } ?? ""))
        let checkpoints = try verifyCheckpoints(of: run)
        try verifyMetrics(of: run, checkpoints)
        compareBest(checkpoints)
        try compareEpochs(checkpoints, of: run)
        try verifyPages(of: run)
        try verifyFaultyBatches(of: run)
        compareImages(run.configuration, images)
        try findLeftovers(in: run)
    }

    mutating func add(_ part: String, _ status: Status, _ words: String) {
        findings.append(Finding(part: part, status: status, words: words))
    }

    /// Adds what `body` finds to be so, or the error that it throws as a fault.
    /// - Throws: `FileError` where the system refuses to read: what is unread is not damaged.
    mutating func judge(_ part: String, _ body: () throws -> String) throws {
        do {
            add(part, .ok, try body())
        } catch let error as FileError where !error.isMissing {
            throw error
        } catch {
            add(part, .fault, "\(error)")
        }
    }

    private mutating func compareImages(
        _ configuration: RunConfiguration,
        _ load: (DataSelection, UInt64) throws -> Images
    ) {
        let now: Images
        do {
            now = try load(configuration.data, configuration.training.seed)
        } catch {
            add("images", .note, "not at hand: \(error)")
            return
        }
        for (part, expected, images) in [
            ("training images", configuration.trainingImages, now.training),
            ("validation images", configuration.validationImages, now.validation),
        ] {
            let found = DataRecord(of: images)
            if found == expected {
                add(part, .ok, "SHA-256 right; \(counted(found.images, "image"))")
            } else {
                add(part, .fault, "expected \(expected.words), found \(found.words)")
            }
        }
    }

    /// Batches whose numbers were not finite.
    private mutating func verifyFaultyBatches(of run: RunFolder) throws {
        for part in try RunPart.parts(in: run.path) where part.hasPrefix("\(RunPart.faults)/") {
            try judge(part) {
                let source = "\(run.path)/\(part)"
                let arrays = try NPZ.parse(try FileBytes.read(source, limit: RunFolder.largestPage), source: source)
                guard arrays.map(\.name) == ["images", "indices"], arrays[0].tensor.batch == arrays[1].tensor.batch
                else {
                    throw FormatError(
                        source: source, expected: "images and as many indices",
                        found: arrays.map(\.name).joined(separator: ", "))
                }
                return "the batch whose numbers were not finite, \(counted(arrays[0].tensor.batch, "image"))"
            }
        }
    }

    private mutating func findLeftovers(in run: RunFolder) throws {
        for folder in ["", "checkpoints/", "figures/", "nan/"] where try FileTree.isFolder("\(path)/\(folder)") {
            for name in try FileTree.names(in: "\(path)/\(folder)") where AtomicFile.isTemporary(name) {
                add(folder + name, .note, "left by a process that was killed; going on removes it")
            }
        }
        if try RunReplacement.isLeft(in: path), try !FolderLock.isHeld(path) {
            add(
                "a new run", .note,
                "was to replace this one, and ended before its first checkpoint; going on removes it")
        }
    }
}
