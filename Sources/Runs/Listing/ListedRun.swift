import Formats
import Tensors
import Training

/// One folder among runs as small files tell of it, whatever is in it.
package struct ListedRun: Sendable {
    /// As it was found.
    package let path: String
    /// What has become of it.
    package let state: RunState
    /// What is wrong, where something is: on one line.
    package let problem: String?
    /// Nil where there is no run that can be read.
    package let run: RunFolder?
    /// The last epoch's metrics, and those of the epoch with the lowest `val_loss` (`loss`, where nothing is validated).
    package let last, best: EpochMetrics?
    package let tags: [String]
    /// Bytes of all files that the run consists of.
    package let size: Int
    /// When its settings, metrics or last checkpoint were written, in seconds since 1970.
    package let updated: Double?

    /// The folder's own name.
    package var name: String { RunFolder.name(of: path) }

    /// Looks at a folder; nothing that it holds is an error.
    package init(at path: String) {
        self.path = path
        let run: RunFolder
        do {
            run = try RunFolder(opening: path)
        } catch {
            (self.run, state, problem) = (nil, .unreadable, "\(error)")
            (last, best, tags, size, updated) = (nil, nil, [], 0, nil)
            return
        }
        self.run = run
        var faults: [String] = []
        // What cannot be read of it makes the rest none the worse.
        func attempt<Value>(_ body: () throws -> Value) -> Value? {
            do { return try body() } catch {
                faults.append("\(error)")
                return nil
            }
        }
        let told = attempt {
            let ends = try run.log.lastAndBest()
            return (ends: ends, state: try run.state(after: ends.last?.epoch ?? 0))
        }
        (last, best, state) = (told?.ends.last, told?.ends.best, told?.state ?? .unreadable)
        tags = attempt { try RunTags(of: run).tags } ?? []
        problem = faults.first
        let stamps = ((try? RunPart.parts(in: path)) ?? []).compactMap { part in
            FileStamp("\(path)/\(part)").map { (part: part, stamp: $0) }
        }
        size = stamps.reduce(0) { $0 + $1.stamp.size }
        let written = [RunPart.configuration, RunPart.metrics, RunFolder.Point.last.part]
        updated = stamps.filter { written.contains($0.part) }.map(\.stamp.written).max()
    }

    /// Every folder that `RunPlaces` finds, in its order, as what `make` makes of it; several threads read.
    /// - Throws: `RunError` for a path where no folder is, `FileError` for one that cannot be looked at.
    package static func all<Row>(
        in paths: [String], threads: Int, _ make: (ListedRun) -> Row
    ) throws -> [Row] {
        let paths = paths.map(FileTree.trimmed)
        for path in paths where try !FileTree.isFolder(path) { throw RunError.missing(path: path) }
        let places = RunPlaces.all(in: paths)
        var runs = [Row?](repeating: nil, count: places.count)
        runs.withUnsafeMutableBufferPointer { runs in
            ThreadPool(threads: min(threads, places.count)).parallelFor(places.count) { place, _ in
                runs[place] = make(ListedRun(at: places[place]))
            }
        }
        return runs.compactMap(\.self)
    }
}
