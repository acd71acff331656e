import Datasets
import Exploration
import Formats
import Foundation
import Runs
import Settings
import Synchronization
import Tensors
import TestSupport
import Testing

/// Runs, their models and images, kept as long as their files are the same.
@Suite struct RunExplorerTests {
    private let runs = SmallRuns()

    @Test func aModelIsLoadedOnceAndAnewWhenItsFileIsReplaced() async throws {
        try await runs.train("run")
        let explorer = try runs.explorer()
        async let first = explorer.model(run: "run")
        async let second = explorer.model(run: "run")
        let model = try await first
        #expect(try await second === model)
        #expect(try await explorer.model(run: nil) === model)
        #expect(try await explorer.model(run: "run", checkpoint: .epoch(1)).epoch == 1)
        try runs.scratch.copy(
            runs.scratch, "runs/run/checkpoints/epoch-0001.safetensors", as: "runs/run/checkpoints/last.safetensors")
        let other = try await explorer.model(run: "run")
        #expect(other !== model)
        #expect(other.epoch == 1)
    }

    /// Written over where it lies, with the old time: no stamp but the time of change tells.
    @Test func aFileThatIsWrittenOverIsNotAnsweredFromMemory() async throws {
        try await runs.train("run")
        let explorer = try runs.explorer()
        let model = try await explorer.model(run: "run")
        let folder = runs.path + "/run/checkpoints/"
        let (path, other) = (folder + "last.safetensors", folder + "epoch-0001.safetensors")
        let bytes = try FileBytes.read(other, limit: 1 << 20)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(Int(status.st_size) == bytes.count)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.write(contentsOf: bytes)
        try file.close()
        #if canImport(Darwin)
            let times = [status.st_atimespec, status.st_mtimespec]
        #else
            let times = [status.st_atim, status.st_mtim]
        #endif
        #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
        let now = try await explorer.model(run: "run")
        #expect(now !== model)
        #expect(now.epoch == 1)
    }

    @Test func imagesThatAreReplacedAreReadAnew() async throws {
        try await runs.train("run")
        let folder = runs.scratch.path + "/images"
        try runs.scratch.write("1", to: "images/set")
        var settings = RunExplorer.Settings()
        settings.imageFolder = folder
        let explorer = try RunExplorer([runs.path], settings: settings) { _, _ in
            try FileBytes.read(folder + "/set", limit: 10) == [UInt8(ascii: "1")] ? SmallRuns.test : SmallRuns.train
        }
        let before = try await explorer.model(run: "run")
        #expect(try await before.codes(.test).count == 12)
        #expect(try await explorer.images(run: "run", split: .test).images.count == 12)
        try runs.scratch.write("2", to: "images/set")
        #expect(try await explorer.images(run: "run", split: .test).images.count == 30)
        #expect(try await explorer.model(run: "run").codes(.test).count == 30)
        #expect(try await explorer.run("run").test?.images == 30)
    }

    @Test func whatIsLongUnusedIsForgotten() async throws {
        try await runs.train("run")
        var settings = RunExplorer.Settings()
        settings.modelBytes = 1
        let explorer = try runs.explorer(settings)
        let model = try await explorer.model(run: "run")
        #expect(try await explorer.model(run: "run") === model)
        _ = try await explorer.model(run: "run", checkpoint: .epoch(1))
        #expect(try await explorer.model(run: "run") !== model)
    }

    @Test func whatIsNotThereIsNamed() async throws {
        try await runs.train("run")
        let explorer = try runs.explorer()
        let epoch = await #expect(throws: ExplorationError.self) {
            _ = try await explorer.model(run: "run", checkpoint: .epoch(9))
        }
        #expect(
            epoch?.description
                == "checkpoint: expected one of run's, last, best, previous, epoch-0001, epoch-0002, found epoch-0009")
        #expect(epoch?.kind == .unknown)
        try runs.scratch.write("x", to: "runs/run/checkpoints/best.safetensors")
        let damaged = await #expect(throws: ExplorationError.self) {
            _ = try await explorer.model(run: "run", checkpoint: .best)
        }
        #expect(damaged?.kind == .unavailable)
        #expect(damaged?.description.hasPrefix("run/checkpoints/best.safetensors") == true)
        let run = await #expect(throws: ExplorationError.self) { _ = try await explorer.model(run: "<script>") }
        #expect(run?.description == "run: expected the id of a run, found <script>")
        #expect(throws: ExplorationError.self) { _ = try RunExplorer.checkpoint(named: "../last") }
        let split = #expect(throws: ExplorationError.self) { _ = try RunExplorer.split(named: "both") }
        #expect(split?.description == "split: expected training, validation or test, found both")
        #expect(try RunExplorer.checkpoint(named: nil) == .last)
        await #expect(throws: ExplorationError.self) {
            _ = try await explorer.pictures(run: nil, split: .test, at: [0, 12])
        }
    }

    /// The same sets by the same names as `--split` has them.
    @Test func aRunHasTheSetsThatItWasMadeWith() async throws {
        var configuration = SmallRuns.configuration()
        configuration.data.validationFraction = 0.2
        try await runs.train("apart", configuration)
        configuration.data = DataSelection(limit: 10)
        try await runs.train("few", configuration)
        configuration.data = DataSelection(trainingSet: .all)
        try await runs.train("both", configuration)
        let explorer = try runs.explorer()
        let apart = try RunFolder(opening: runs.path + "/apart")
        for part in ImagePart.allCases {
            let images = try await explorer.images(run: "apart", split: part).images
            let same = try apart.images(part) { split, _ in split == .train ? SmallRuns.train : SmallRuns.test }.images
            #expect(images.pixels == same.pixels)
            #expect(try await explorer.model(run: "apart").codes(part).count == [24, 6, 12][part.place])
            #expect(try await explorer.images(run: "few", split: part).images.count == [10, 10, 12][part.place])
            #expect(try await explorer.images(run: "both", split: part).images.count == [42, 12, 12][part.place])
        }
        #expect(try await explorer.run("both").train?.images == 42)
        #expect(try await explorer.run("few").train?.images == 10)
        #expect(try RunExplorer.split(named: "train") == .training)
        #expect(try RunExplorer.split(named: "validation") == .validation)
        let untested = try RunExplorer([runs.path]) { _, split in
            if split == .test { throw DatasetError.noTestSet(path: "images", wanted: "t10k") }
            return SmallRuns.train
        }
        let images = try await untested.images(run: "apart", split: .test)
        #expect(images.images.pixels == (try await untested.images(run: "apart", split: .validation)).images.pixels)
        #expect(images.images.count == 6)
    }

    /// Where files lie on the machine is nobody's affair who may only ask.
    @Test func noAnswerNamesAPlaceOnTheMachine() async throws {
        try await runs.train("run")
        let folder = runs.scratch.path + "/my images"
        var settings = RunExplorer.Settings()
        settings.imageFolder = folder + "/"
        let explorer = try RunExplorer([runs.path], settings: settings) { _, _ in
            throw FileError(path: "\(folder)/train-images", operation: .open, code: EACCES)
        }
        let error = await #expect(throws: ExplorationError.self) {
            _ = try await explorer.images(run: "run", split: .training)
        }
        #expect(
            error?.description
                == "the training images: my images/train-images: cannot open: \(String(cString: strerror(EACCES)))")
    }

    /// What a server of one run computes at its start, so that the first question about neighbours waits for none of it.
    @Test func oneRunIsPreparedBeforeItIsAskedAbout() async throws {
        try await runs.train("run")
        let loaded = Mutex<Set<ImageDataset.Split>>([])
        var settings = RunExplorer.Settings()
        settings.looksAhead = true
        func explorer() throws -> RunExplorer {
            try RunExplorer([runs.path], settings: settings) { _, split in
                loaded.withLock { _ = $0.insert(split) }
                return split == .train ? SmallRuns.train : SmallRuns.test
            }
        }
        let alone = try explorer()
        await alone.prepareIfAlone()
        for _ in 0..<600 where loaded.withLock(\.count) < 2 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(loaded.withLock(\.self) == [.test, .train])
        loaded.withLock { $0 = [] }
        try await runs.train("other")
        await (try explorer()).prepareIfAlone()
        try await Task.sleep(for: .milliseconds(200))
        #expect(loaded.withLock(\.self) == [])
    }

    /// A page's first question waits for no pass over a large set, and reads none that is only counted.
    @Test func whatTakesLongIsToldLater() async throws {
        try await runs.train("run")
        let large = ImageDataset(
            name: "noise", height: 10, width: 9, channels: 2, pixels: SmallModel.pixels(1200, seed: 4))
        let loaded = Mutex<[ImageDataset.Split]>([])
        let (news, told) = AsyncStream.makeStream(of: RunSummary.self)
        var settings = RunExplorer.Settings()
        settings.hooks.onPrepared = { told.yield($0) }
        let explorer = try RunExplorer([runs.path], settings: settings) { _, _ in
            ImageOutline(large)
        } images: { _, split in
            loaded.withLock { $0.append(split) }
            return large
        }
        let first = try await explorer.run("run")
        #expect(first.klPerDimension == nil)
        #expect(first.activeUnits == nil)
        #expect(first.test?.images == 1200)
        #expect(first.train?.images == 1200)
        #expect(first.train?.hasLabels == false)
        var iterator = news.makeAsyncIterator()
        #expect(await iterator.next()?.id == "run")
        #expect(try await explorer.run("run").klPerDimension?.count == 3)
        #expect(loaded.withLock(\.self) == [.test])
        // Another size is another run's.
        let other = try RunExplorer([runs.path], settings: settings) { _, _ in
            ImageOutline(ImageDataset.noise(3, [5, 5, 1]))
        } images: { _, _ in
            large
        }
        #expect(try await other.run("run").test == nil)
    }

    @Test func aRunIsShownWithAllThatIsKnown() async throws {
        try await runs.train("run")
        let detail = try await runs.explorer().run("run")
        let json = try JSONValue(parsing: detail.json, source: "detail")
        #expect(
            json.object?.map(\.key) == [
                "id", "name", "state", "problem", "epochs_done", "epochs", "latent", "is_variational", "image_shape",
                "val_loss", "loss", "seconds_left", "objective", "settings", "parameters", "encoder", "decoder",
                "metrics", "checkpoints",
                "datasets", "sheet", "class_names", "ink_on_paper", "kl_per_dimension", "active_units",
            ])
        #expect(json["metrics"]?.array?.count == 2)
        #expect(
            json["metrics"]?.array?.first?.object?.map(\.key) == [
                "epoch", "loss", "reconstruction_loss", "kl_loss", "val_loss", "val_reconstruction_loss", "val_kl_loss",
                "seconds",
            ])
        #expect(
            json["checkpoints"]?.array?.map { $0["id"] } == ["last", "best", "previous", "epoch-0001", "epoch-0002"])
        #expect(
            json["datasets"] == ["test": ["images": 12, "labels": true], "train": ["images": 30, "labels": true]])
        #expect(json["kl_per_dimension"]?.array?.count == 3)
        #expect(json["encoder"]?.array?.map { $0["name"] }.suffix(2) == ["mean", "log_variance"])
        let parts = try ["encoder", "decoder"].map { try #require(json[$0]?.array) }
        let parameters = parts.joined().reduce(0) { $0 + ($1["parameters"]?.integer ?? 0) }
        #expect(json["parameters"] == .integer(parameters))
    }
}

extension ImagePart {
    fileprivate var place: Int { Self.allCases.firstIndex(of: self)! }
}
