import CKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads of our own that run numbered pieces of work, the caller's thread among them.
///
/// Compute never runs on Swift's cooperative pool. Which thread takes which piece is left to chance; results
/// must not depend on it.
package final class ThreadPool: Sendable {
    package let threads: Int
    /// Threads of a pool at the most.
    package static let mostThreads = 128
    private let crew: Crew
    private let workers: [UncheckedThread]

    private struct UncheckedThread: @unchecked Sendable {
        let id: pthread_t
    }

    /// Starts `threads − 1` threads beside the caller's; fewer where the system starts no more.
    package init(threads: Int) {
        let crew = Crew()
        self.crew = crew
        var workers: [UncheckedThread] = []
        for worker in 1..<min(max(1, threads), ThreadPool.mostThreads) {
            guard let id = start(crew, worker: worker) else { break }
            workers.append(UncheckedThread(id: id))
        }
        self.workers = workers
        self.threads = workers.count + 1
    }

    deinit {
        crew.stop()
        for worker in workers { pthread_join(worker.id, nil) }
    }

    /// Runs `body(piece, worker)` for each piece in 0..<count and returns when all are done.
    ///
    /// `worker` is below `threads` and never in two pieces at once: memory indexed by it is private.
    package func parallelFor(_ count: Int, _ body: (_ piece: Int, _ worker: Int) -> Void) {
        if threads == 1 || count <= 1 {
            for piece in 0..<count { body(piece, 0) }
            return
        }
        requireShape(count <= Ticket.mostPieces, "\(count) pieces are more than a pool takes at once")
        withoutActuallyEscaping(body) { body in crew.run(count, body) }
    }
}

/// A job's number, how many pieces it has, and the next one: in one word, so that whoever takes a piece knows whose it is.
private struct Ticket {
    let word: UInt64

    private static let field: UInt64 = 1 << 24
    /// Room is left for every thread to reach past the end once.
    static let mostPieces = Int(field) - 4096

    init(word: UInt64) { self.word = word }

    init(job: UInt64, count: Int) { word = (job << 48) | (UInt64(count) << 24) }

    var job: UInt64 { word >> 48 }
    var count: Int { Int((word >> 24) % Ticket.field) }
    var piece: Int { Int(word % Ticket.field) }
}

/// What the threads share; they hold it, not the pool, so that the pool can end them.
///
/// No lock within a step: a thread takes pieces by an atomic addition, and waits for the next job, or for the last
/// pieces of others, by looking at a word for some microseconds. Only who waits longer goes to sleep.
private final class Crew: @unchecked Sendable {
    // Those who wait look at one word while others write the other: each has a cache line, or two, of its own.
    private let before = CacheLines()
    private let ticket = Atomic<UInt64>(0)
    private let between = CacheLines()
    private let finished = Atomic<Int>(0)
    private let after = CacheLines()
    private let sleepers = Atomic<Int>(0)
    private let callerSleeps = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    /// Written before its ticket, read by those who took a piece of it.
    ///
    /// The closure does not outlive `parallelFor` whatever it captures: the one place that shares unsafely.
    private var body: ((_ piece: Int, _ worker: Int) -> Void)?
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Looks before sleep: some 30 µs, the length of the gaps within a step.
    private static let patience = 1000

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        pthread_cond_init(done, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(wake)
        pthread_cond_destroy(done)
        mutex.deallocate()
        wake.deallocate()
        done.deallocate()
    }

    private func locked(_ body: () -> Void) {
        pthread_mutex_lock(mutex)
        body()
        pthread_mutex_unlock(mutex)
    }

    func run(_ count: Int, _ body: @escaping (_ piece: Int, _ worker: Int) -> Void) {
        self.body = body
        finished.store(0, ordering: .relaxed)
        let last = Ticket(word: ticket.load(ordering: .relaxed))
        ticket.store(Ticket(job: last.job &+ 1, count: count).word, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { locked { pthread_cond_broadcast(wake) } }
        take(as: 0)
        waitForOthers(count)
        self.body = nil
    }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        locked { pthread_cond_broadcast(wake) }
    }

    private func take(as worker: Int) {
        while true {
            let taken = Ticket(word: ticket.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue)
            if taken.piece >= taken.count { return }
            body!(taken.piece, worker)
            let finished = finished.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
            if finished == taken.count, callerSleeps.load(ordering: .sequentiallyConsistent) {
                locked { pthread_cond_signal(done) }
            }
        }
    }

    private func waitForOthers(_ count: Int) {
        for _ in 0..<Crew.patience {
            if finished.load(ordering: .acquiring) == count { return }
            vae_pause()
        }
        callerSleeps.store(true, ordering: .sequentiallyConsistent)
        locked {
            while finished.load(ordering: .sequentiallyConsistent) < count { pthread_cond_wait(done, mutex) }
        }
        callerSleeps.store(false, ordering: .relaxed)
    }

    func work(as worker: Int) {
        var seen: UInt64 = 0
        while true {
            seen = waitForJob(after: seen)
            if stopping.load(ordering: .acquiring) { return }
            take(as: worker)
        }
    }

    /// The number of the job under way once it is another than the last one seen.
    private func waitForJob(after seen: UInt64) -> UInt64 {
        func current() -> UInt64 { Ticket(word: ticket.load(ordering: .sequentiallyConsistent)).job }
        for _ in 0..<Crew.patience {
            let job = current()
            if job != seen || stopping.load(ordering: .relaxed) { return job }
            vae_pause()
        }
        locked {
            sleepers.add(1, ordering: .sequentiallyConsistent)
            while current() == seen && !stopping.load(ordering: .sequentiallyConsistent) {
                pthread_cond_wait(wake, mutex)
            }
            sleepers.subtract(1, ordering: .sequentiallyConsistent)
        }
        return current()
    }
}

/// Room that keeps what stands on its sides apart: two lines, since processors fetch pairs and Apple's are that long.
private struct CacheLines {
    private let room: InlineArray<16, UInt64> = InlineArray(repeating: 0)
}

private final class Post {
    let crew: Crew
    let worker: Int

    init(_ crew: Crew, _ worker: Int) {
        self.crew = crew
        self.worker = worker
    }
}

/// Nil where the system starts no more threads.
private func start(_ crew: Crew, worker: Int) -> pthread_t? {
    let kept = Unmanaged.passRetained(Post(crew, worker))
    let post = kept.toOpaque()
    #if canImport(Darwin)
        var thread: pthread_t?
        let status = pthread_create(&thread, nil, { main($0) }, post)
    #else
        var thread: pthread_t? = pthread_t()
        let status = pthread_create(&thread!, nil, { main($0!) }, post)
    #endif
    guard status == 0 else {
        kept.release()
        return nil
    }
    return thread
}

private func main(_ post: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let post = Unmanaged<Post>.fromOpaque(post).takeRetainedValue()
    post.crew.work(as: post.worker)
    return nil
}

extension ThreadPool {
    /// Whether the system starts so many threads beside the caller's, as it stands now.
    package static func canHave(threads: Int) -> Bool { ThreadPool(threads: threads + 1).threads > threads }

    /// Cores that this process may use.
    package static var availableCores: Int { Int(vae_available_cores()) }
}
