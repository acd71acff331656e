import Synchronization
import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A thread of our own that does one job after the other, in the order in which they came.
///
/// Compute never runs on Swift's cooperative pool, where it would keep others from being served.
package final class ComputeThread: Sendable {
    private let queue: Queue

    /// - Parameter limit: The most jobs that wait.
    package init(limit: Int = 1024) {
        let queue = Queue(limit: limit)
        self.queue = queue
        startThread { queue.work() }
    }

    deinit {
        queue.stop()
    }

    /// Does a job in its turn.
    /// - Throws: What the job throws; `ExplorationError` where too many wait; `CancellationError` where the task was
    ///   cancelled before the job's turn.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        let isCancelled = Flag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isTaken = submit {
                    continuation.resume(
                        with: Result {
                            if isCancelled.value.load(ordering: .relaxed) { throw CancellationError() }
                            return try work()
                        })
                }
                if !isTaken { continuation.resume(throwing: Self.overloaded) }
            }
        } onCancel: {
            isCancelled.value.store(true, ordering: .relaxed)
        }
    }

    /// Puts a job behind those that wait; false where they are too many.
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool { queue.put(job) }

    static let overloaded = ExplorationError(.overloaded, "too many requests wait to be computed; try again later")

    private final class Flag: Sendable {
        let value = Atomic<Bool>(false)
    }
}

/// What the thread and those who give it work share.
private final class Queue: @unchecked Sendable {
    private let limit: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    // Under the lock.
    private var incoming: [@Sendable () -> Void] = []
    private var waiting = 0
    private var sleeps = false
    private var isStopping = false

    init(limit: Int) {
        self.limit = limit
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(wake)
        mutex.deallocate()
        wake.deallocate()
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    func put(_ job: @escaping @Sendable () -> Void) -> Bool {
        locked {
            guard waiting < limit else { return false }
            waiting += 1
            incoming.append(job)
            if sleeps { pthread_cond_signal(wake) }
            return true
        }
    }

    func stop() {
        locked {
            isStopping = true
            pthread_cond_signal(wake)
        }
    }

    /// Until `stop`; what waits then is still done, since somebody waits for it.
    func work() {
        while true {
            let jobs = locked {
                while incoming.isEmpty, !isStopping {
                    sleeps = true
                    pthread_cond_wait(wake, mutex)
                    sleeps = false
                }
                defer { incoming = [] }
                return incoming
            }
            if jobs.isEmpty { return }
            for job in jobs {
                locked { waiting -= 1 }
                job()
            }
        }
    }
}
