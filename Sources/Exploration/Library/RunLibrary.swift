import Formats
import Runs
import Synchronization
import Training

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The runs that lie in some folders, as they are now.
///
/// Nothing is kept but what small files said, together with the stamps of those files: a thousand runs that have not
/// changed cost a few system calls each. No folder, whatever is in it, keeps the others from being listed.
package final class RunLibrary: Sendable {
    private let paths: [String]
    private let state = Mutex(Records())

    /// - Parameter paths: Runs, and folders of runs.
    /// - Throws: `RunError` for a path where no folder is, `FileError` for one that the system does not let be looked at.
    package init(_ paths: [String]) throws {
        self.paths = paths.map(FileTree.trimmed)
        for path in self.paths where try !FileTree.isFolder(path) { throw RunError.missing(path: path) }
    }

    /// Every run, in the order of the paths and of the names below them.
    package func runs() -> [RunSummary] {
        let folders = RunPlaces.all(in: paths)
        let there = Set(folders)
        state.withLock { state in state.records = state.records.filter { there.contains($0.key) } }
        // One at a time: others who ask for one run do not wait for all.
        return folders.map { path in state.withLock { $0.look(at: path).summary } }
    }

    /// One run as it is now.
    /// - Parameter id: Nil for the first that can be read.
    /// - Throws: `ExplorationError` where there is no such run.
    package func summary(of id: String?) throws -> RunSummary {
        let path = try path(of: id)
        return state.withLock { $0.look(at: path).summary }
    }

    /// One run's folder, opened.
    /// - Parameter id: Nil for the first that can be read.
    /// - Throws: `ExplorationError` where there is no such run, or it cannot be read.
    package func folder(of id: String?) throws -> RunFolder {
        let path = try path(of: id)
        return try state.withLock { state in try state.record(at: path).folder.get() }
    }

    private func path(of id: String?) throws(ExplorationError) -> String {
        guard let id else {
            // Asked for at every request of a server of one run: without a look at others.
            if let path = paths.first, RunPlaces.looksLikeRun(path), state.withLock({ $0.record(at: path).isReadable })
            {
                return path
            }
            let runs = runs()
            guard let first = runs.first(where: { $0.state != .unreadable }) ?? runs.first else {
                throw ExplorationError(.unknown, "there is no run yet")
            }
            return try path(of: first.id)
        }
        if let path = state.withLock({ $0.ids.path(of: id) }), (try? FileTree.exists(path)) ?? true { return path }
        // It may be new.
        let runs = runs()
        guard let path = state.withLock({ $0.ids.path(of: id) }), runs.contains(where: { $0.id == id }) else {
            throw ExplorationError(.unknown, "run: expected the id of a run, found \(printable(id, limit: 100))")
        }
        return path
    }
}

/// What is known of all folders.
private struct Records {
    var ids = RunIdentifiers()
    var records: [String: RunRecord] = [:]

    /// The run with its settings as they are now.
    mutating func record(at path: String) -> RunRecord {
        var record = records[path] ?? RunRecord(path: path, id: ids.id(of: path))
        record.openAnew()
        records[path] = record
        return record
    }

    /// The same with its metrics.
    mutating func look(at path: String) -> RunRecord {
        var record = record(at: path)
        record.readMetrics()
        records[path] = record
        return record
    }
}

/// What is known of one folder, and of which state of its files.
private struct RunRecord {
    let path: String
    let id: String
    private(set) var folder: Result<RunFolder, ExplorationError>
    private var configuration: FileStamp?
    private var metrics: FileStamp?
    private var last: Result<EpochMetrics?, ExplorationError> = .success(nil)

    init(path: String, id: String) {
        self.path = path
        self.id = id
        folder = .failure(ExplorationError(.unavailable, "not read yet"))
    }

    var isReadable: Bool { (try? folder.get()) != nil }

    mutating func openAnew() {
        let stamp = FileStamp(RunFolder.configurationPath(path))
        if stamp != nil, stamp == configuration { return }
        (folder, configuration) = attempt(stamp) { try RunFolder(opening: path) }
    }

    mutating func readMetrics() {
        guard case .success(let run) = folder else { return }
        let stamp = FileStamp(run.metricsPath)
        if stamp == metrics { return }
        (last, metrics) = attempt(stamp) { try run.log.last() }
    }

    /// What a file says, and the stamp under which that counts: none where the system failed to read it, which may be over
    /// at the next look.
    private func attempt<Value>(
        _ stamp: FileStamp?, _ body: () throws -> Value
    ) -> (Result<Value, ExplorationError>, FileStamp?) {
        do {
            return (.success(try body()), stamp)
        } catch {
            let failure = ExplorationError(.unavailable, words(of: error, in: path))
            return (.failure(failure), error is FileError ? nil : stamp)
        }
    }

    private func state(of run: RunFolder, after epochs: Int) throws(ExplorationError) -> RunState {
        do {
            return try run.state(after: epochs)
        } catch {
            throw ExplorationError(.unavailable, words(of: error, in: path))
        }
    }

    var summary: RunSummary {
        do throws(ExplorationError) {
            let (run, last) = (try folder.get(), try last.get())
            let training = run.configuration.training
            let done = last?.epoch ?? 0
            let state = try state(of: run, after: done)
            return RunSummary(
                id: id, name: run.name, state: state, problem: nil, epochsDone: done, epochs: training.epochs,
                latent: training.architecture.latent, isVariational: training.architecture.isVariational,
                imageShape: training.architecture.imageShape, validationLoss: last?.validation?.loss,
                loss: last?.training.loss,
                secondsLeft: state == .training ? last.map { secondsLeft(after: $0, of: training.epochs) } : nil)
        } catch {
            return RunSummary(
                id: id, name: RunFolder.name(of: path), state: .unreadable, problem: error.description, epochsDone: 0,
                epochs: nil, latent: nil, isVariational: nil, imageShape: nil, validationLoss: nil,
                loss: nil, secondsLeft: nil)
        }
    }

    private func secondsLeft(after last: EpochMetrics, of epochs: Int) -> Double {
        let since = metrics.map { Date.now.timeIntervalSince1970 - $0.written } ?? 0
        // An epoch that takes longer than the last one is about to end.
        return last.seconds * Double(epochs - last.epoch - 1) + max(0, last.seconds - max(0, since))
    }
}
