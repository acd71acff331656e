import Formats
import Runs
import Training

/// What happens to runs from the first question on, seen by nothing but their folders.
///
/// Looks again and again, by system calls that every system has; only a run that trains, or that has changed, costs
/// more than a few of them. The sequence ends when the task that reads it is cancelled.
package struct RunWatcher: AsyncSequence, Sendable {
    private let library: RunLibrary
    private let thread: ComputeThread
    private let interval: Duration

    /// - Parameters:
    ///   - thread: Reads the folders.
    ///   - interval: Between two looks.
    package init(_ library: RunLibrary, on thread: ComputeThread, interval: Duration = .milliseconds(500)) {
        self.library = library
        self.thread = thread
        self.interval = interval
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(changes: RunChanges(in: library), thread: thread, interval: interval)
    }

    package struct Iterator: AsyncIteratorProtocol {
        private var changes: RunChanges
        private let thread: ComputeThread
        private let interval: Duration
        private var events: [RunEvent] = []

        fileprivate init(changes: RunChanges, thread: ComputeThread, interval: Duration) {
            self.changes = changes
            self.thread = thread
            self.interval = interval
        }

        package mutating func next() async -> RunEvent? {
            while events.isEmpty {
                do {
                    if changes.hasLooked { try await Task.sleep(for: interval) }
                    (changes, events) = try await thread.run { [changes] in
                        var changes = changes
                        let events = changes.look()
                        return (changes, events)
                    }
                } catch is CancellationError {
                    return nil
                } catch {
                    // The thread has too much to do: later.
                    events = []
                }
            }
            return events.removeFirst()
        }
    }
}

/// What changes between two looks at the folders.
package struct RunChanges: Sendable {
    private let library: RunLibrary
    private var known: [String: Followed] = [:]
    fileprivate var hasLooked = false

    package init(in library: RunLibrary) {
        self.library = library
    }

    /// What has changed since the last look; nothing at the first.
    package mutating func look() -> [RunEvent] {
        var (events, still) = ([RunEvent](), [String: Followed]())
        for summary in library.runs() {
            var run = known[summary.id] ?? Followed()
            let found = run.look(at: summary, in: library)
            // Of a run that is new all is news.
            if hasLooked { events += found }
            still[summary.id] = run
        }
        known = still
        hasLooked = true
        return events
    }
}

/// How far one run has been followed.
private struct Followed: Sendable {
    private var summary: RunSummary?
    private var log: FileStamp?
    /// Where the next line of metrics begins, and the last epoch that was told of.
    private var end = 0
    private var epoch = 0
    private var checkpoints: [RunFolder.Point: FileStamp] = [:]

    mutating func look(at now: RunSummary, in library: RunLibrary) -> [RunEvent] {
        defer { summary = now }
        var events: [RunEvent] = []
        if summary.map({ !now.isSame(as: $0) }) ?? true { events.append(.run(now)) }
        guard summary != now || now.state == .training, let run = try? library.folder(of: now.id) else { return events }
        events += newEpochs(of: run).map { .epoch(run: now.id, $0) }
        events += newCheckpoints(of: run).map { .checkpoint(run: now.id, $0.point, epoch: $0.epoch) }
        return events
    }

    private mutating func newEpochs(of run: RunFolder) -> [EpochMetrics] {
        let stamp = FileStamp(run.metricsPath)
        guard stamp != log else { return [] }
        // Another file, or one cut off, is read from its beginning.
        let goesOn = stamp != nil && stamp?.number == log?.number && (stamp?.size ?? 0) >= end
        guard let lines = try? run.log.read(from: goesOn ? end : 0) else { return [] }
        (log, end) = (stamp, lines.end)
        let last = lines.metrics.last?.epoch ?? (goesOn ? epoch : 0)
        defer { epoch = last }
        return lines.metrics.filter { $0.epoch > epoch }
    }

    private mutating func newCheckpoints(of run: RunFolder) -> [(point: RunFolder.Point, epoch: Int)] {
        var news: [(point: RunFolder.Point, epoch: Int)] = []
        // What cannot be listed now may be at the next look.
        for point in (try? run.points) ?? [] {
            let path = run.checkpointPath(point)
            guard let stamp = FileStamp(path), stamp != checkpoints[point] else { continue }
            guard let state = try? Checkpoint.state(at: path) else { continue }
            checkpoints[point] = stamp
            news.append((point, state.epoch))
        }
        return news
    }
}

extension RunSummary {
    /// Whether nothing has happened but epochs that follow.
    fileprivate func isSame(as other: RunSummary) -> Bool {
        state == other.state && problem == other.problem && epochs == other.epochs && latent == other.latent
            && isVariational == other.isVariational && imageShape == other.imageShape
            && epochsDone >= other.epochsDone
    }
}
