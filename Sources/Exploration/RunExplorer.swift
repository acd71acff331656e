import Datasets
import Evaluation
import Formats
import Models
import Runs
import Synchronization
import Tensors
import Training
import VAE

/// Answers all that an explorer asks of runs.
package final class RunExplorer: Sendable {
    /// Reads one of the sets that a run was made with.
    package typealias ImageLoader = @Sendable (DataSelection, ImageDataset.Split) throws -> ImageDataset
    /// Says what such a set is, without reading it.
    package typealias ImageOutliner = @Sendable (DataSelection, ImageDataset.Split) throws -> ImageOutline

    /// How much of the machine it takes.
    package struct Settings: Sendable {
        /// Bytes of all models and what is known of them, about; the one in use is kept whatever it takes.
        package var modelBytes = 1 << 29
        /// Bytes of all sets of images.
        package var imageBytes = 1 << 28
        /// Cores for what somebody waits for.
        package var liveCores = max(1, VariationalAutoencoder.defaultThreads / 2)
        /// Cores for whole sets of images.
        package var bulkCores = VariationalAutoencoder.defaultThreads
        package var hooks = ServingHooks()
        /// Where the images of all runs lie, in place of each run's own folder; files there that change are read anew.
        package var imageFolder: String?
        /// Whether what is asked later is computed beforehand, once a run is looked at.
        package var looksAhead = false

        package init() {}
    }

    package let library: RunLibrary
    let threads: ComputeThreads
    private let settings: Settings
    /// Reads folders and files, so that a slow disk keeps nobody else waiting.
    let files = ComputeThread()
    private let models: SharedCache<ModelKey, ExploredModel>
    private let sets: ImageSets
    /// Models whose sets are being computed, or have been, by their numbers.
    private let prepared = Mutex<Set<Int>>([])

    private struct ModelKey: Hashable {
        let path: String
        let point: RunFolder.Point
        let file: FileStamp
    }

    /// - Parameters:
    ///   - paths: Runs, and folders of runs.
    ///   - outline: Says what a run's `data` names without loading it; nil loads it.
    ///   - images: Loads it.
    /// - Throws: `RunError` for a path where no folder is.
    package init(
        _ paths: [String], settings: Settings = Settings(), outline: ImageOutliner? = nil, images: @escaping ImageLoader
    ) throws {
        library = try RunLibrary(paths)
        self.settings = settings
        threads = ComputeThreads(liveCores: settings.liveCores, bulkCores: settings.bulkCores)
        models = SharedCache(limit: settings.modelBytes) { $0.byteCount }
        sets = ImageSets(
            limit: settings.imageBytes, on: files, folder: settings.imageFolder, load: images, outline: outline)
    }

    // MARK: Runs

    /// Every run.
    package func runs() async throws -> RunsAnswer {
        try await files.run { [library] in RunsAnswer(runs: library.runs()) }
    }

    /// One run with all that a page shows of it.
    ///
    /// What takes a pass over a large set is left out until it is computed, which begins now; see
    /// `ServingHooks.onPrepared`.
    /// - Parameter id: Nil for the first.
    /// - Throws: `ExplorationError`.
    package func run(_ id: String?) async throws -> RunDetail {
        let (summary, run, metrics, kept) = try await files.run { [library] in
            let run = try library.folder(of: id)
            let kept = try Self.points(of: run).compactMap { point -> RunDetail.Kept? in
                if case .epoch(let epoch) = point { return .init(point: point, epoch: epoch) }
                return (try? Checkpoint.state(at: run.checkpointPath(point))).map {
                    .init(point: point, epoch: $0.epoch)
                }
            }
            return (try library.summary(of: id), run, (try? run.metrics()) ?? [], kept)
        }
        let training = run.configuration.training
        let (test, train) = (await sets.outline(of: run, .test), await sets.outline(of: run, .training))
        // A page shows test images first of all, and asks how they are drawn.
        let images = test == nil ? nil : try? await sets.images(of: run, .test)
        let codes = test == nil ? nil : await codes(of: summary, images: test?.count ?? 0)
        return RunDetail(
            summary: summary, objective: training.objective.sentences(for: training.architecture),
            settings: training.settings, model: try training.architecture.summary(),
            parameters: try training.layout(from: run.name).count, metrics: metrics, checkpoints: kept,
            test: test.map(RunDetail.SetSummary.init),
            train: train.map(RunDetail.SetSummary.init),
            classNames: run.configuration.data.classNames ?? images?.classNames,
            isInkOnPaper: images.map { $0.polarity == .inkOnPaper },
            klPerDimension: codes?.meanDivergencePerDimension,
            activeUnits: codes?.variancePerDimension.count { $0 > Evaluation.activeVariance })
    }

    /// The codes of a run's test images: at once where they are few or computed already, else later.
    private func codes(of run: RunSummary, images: Int) async -> DiagonalGaussian? {
        guard let model = try? await model(run: run.id) else { return nil }
        if images <= ExploredModel.imagesAtOnce { return try? await model.codes(.test).scores.codes }
        defer { prepare(model, of: run) }
        return model.codesIfComputed(.test)?.scores.codes
    }

    /// Computes in the background what is asked of a model sooner or later, once a model.
    private func prepare(_ model: ExploredModel, of run: RunSummary) {
        guard prepared.withLock({ $0.insert(model.number).inserted }) else { return }
        let (hooks, looksAhead) = (settings.hooks, settings.looksAhead)
        Task(priority: .utility) { [library] in
            guard (try? await model.codes(.test)) != nil else { return }
            if let summary = try? library.summary(of: run.id) { hooks.onPrepared(summary) }
            // A training needs the machine, and its next checkpoint has other codes.
            if looksAhead, run.state != .training { _ = try? await model.means(.training) }
        }
    }

    /// Begins with what the first question about the first run takes.
    package func prepare() async {
        guard let run = try? await files.run({ [library] in try library.summary(of: nil) }) else { return }
        guard let model = try? await model(run: run.id) else { return }
        prepare(model, of: run)
    }

    /// The same where there is but one run: who serves several does not know which is asked.
    package func prepareIfAlone() async {
        guard (try? await files.run({ [library] in library.runs().count })) == 1 else { return }
        await prepare()
    }

    /// Does work that nobody's small question is to wait for, in its turn with whole sets of images.
    package func inBackground<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.bulk.run(work)
    }

    /// The checkpoints that a run has.
    /// - Throws: `ExplorationError` where they cannot be listed.
    private static func points(of run: RunFolder) throws(ExplorationError) -> [RunFolder.Point] {
        do {
            return try run.points
        } catch {
            throw ExplorationError(.unavailable, words(of: error, in: run.path))
        }
    }

    // MARK: Models and images

    /// A run's model, loaded when it is first asked for and when its file has been replaced.
    /// - Parameters:
    ///   - id: Nil for the first run.
    ///   - point: Which weights.
    /// - Throws: `ExplorationError`.
    package func model(run id: String?, checkpoint point: RunFolder.Point = .last) async throws -> ExploredModel {
        let run = try library.folder(of: id)
        guard let stamp = FileStamp(run.checkpointPath(point)) else {
            let there = try Self.points(of: run).map(\.rawValue).joined(separator: ", ")
            throw ExplorationError(
                .unknown,
                "checkpoint: expected one of \(run.name)'s, \(there.isEmpty ? "which has none yet" : there), found "
                    + point.rawValue)
        }
        let key = ModelKey(path: run.path, point: point, file: stamp)
        if let model = models.value(madeFor: key) { return model }
        // Older weights of this name are asked for no more.
        models.removeAll { $0.path == key.path && $0.point == point && $0.file != stamp }
        return try await models.value(for: key) { [self] in
            try await files.run { [self] in
                do {
                    return try ExploredModel(
                        try run.checkpoint(point), of: run, at: point, on: threads, hooks: settings.hooks,
                        stamps: { [sets] in sets.stamps(of: run) }
                    ) { [sets] in try await sets.images(of: run, $0) }
                } catch {
                    throw ExplorationError(.unavailable, words(of: error, in: run.path))
                }
            }
        }
    }

    /// The images of one of a run's sets.
    /// - Throws: `ExplorationError` where they are not at hand or of another size than the run's.
    package func images(run id: String?, split: ImagePart) async throws -> KeptImages {
        try await sets.kept(of: try library.folder(of: id), split)
    }
}

// MARK: - Words in addresses

extension RunExplorer {
    /// A checkpoint by its name, `last` where none is given.
    /// - Throws: `ExplorationError`.
    package static func checkpoint(named name: String?) throws(ExplorationError) -> RunFolder.Point {
        guard let point = RunFolder.Point(rawValue: name ?? "last") else {
            throw .invalid("checkpoint", expected: "last, best, previous or epoch-0001 …", found: name ?? "")
        }
        return point
    }

    /// A set of images by its name, `test` where none is given.
    /// - Throws: `ExplorationError`.
    package static func split(named name: String?) throws(ExplorationError) -> ImagePart {
        guard let split = ImagePart(word: name ?? "test") else {
            throw .invalid("split", expected: "training, validation or test", found: name ?? "")
        }
        return split
    }

    /// Chosen images of a run's set as one PNG, about as many in a row as rows.
    /// - Returns: The first one's file name, where the set has some.
    /// - Throws: `ExplorationError`.
    package func pictures(
        run id: String?, split: ImagePart, at positions: [Int]
    ) async throws -> (png: [UInt8], name: String?) {
        let images = try await images(run: id, split: split).images
        for index in positions where !(0..<images.count).contains(index) {
            throw ExplorationError(
                .unknown, "index: expected 0 to \(images.count - 1) of the \(split.rawValue) images, found \(index)")
        }
        let columns = SheetLayout.columns(of: positions.count)
        let png = try await files.run { try images.sheet(positions, columns: columns) }
        return (png, positions.first.flatMap { images.fileNames?[$0] })
    }
}

extension RunExplorer {
    /// What happens to the runs from now on.
    /// - Parameter interval: Between two looks at their folders.
    package func events(every interval: Duration = .milliseconds(500)) -> RunWatcher {
        RunWatcher(library, on: files, interval: interval)
    }
}
