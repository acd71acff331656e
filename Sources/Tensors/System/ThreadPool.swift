import CKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads of our own that run numbered pieces of work, the caller's thread among them.
///
/// Compute never runs on Swift's cooperative pool. Each thread begins with the same share of a job's pieces every time, so
/// that what it wrote in the last one is in its caches, and takes those of others once its own are done; results must not
/// depend on it.
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
        let crew = Crew(threads: threads)
        self.crew = crew
        var workers: [UncheckedThread] = []
        for worker in 1..<min(max(1, threads), ThreadPool.mostThreads) {
            guard let id = start(crew, worker: worker) else { break }
            workers.append(UncheckedThread(id: id))
        }
        self.workers = workers
        self.threads = workers.count + 1
        crew.threads = self.threads
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

/// A job's number, where a thread's share of its pieces ends, and the next one: in one word, so that whoever takes a piece
/// knows whose it is.
private struct Ticket {
    let word: UInt64

    private static let field: UInt64 = 1 << 24
    /// Room is left for every thread to reach past the end once.
    static let mostPieces = Int(field) - 4096

    init(word: UInt64) { self.word = word }

    init(job: UInt64, share: Range<Int>) {
        word = (job << 48) | (UInt64(share.upperBound) << 24) | UInt64(share.lowerBound)
    }

    var job: UInt64 { word >> 48 }
    var end: Int { Int((word >> 24) % Ticket.field) }
    var piece: Int { Int(word % Ticket.field) }
    var isSpent: Bool { piece >= end }
}

/// What the threads share; they hold it, not the pool, so that the pool can end them.
///
/// No lock within a step: a thread takes pieces of a share by an atomic addition, and waits for the next job, or for the last
/// pieces of others, by looking at a word for some microseconds. Only who waits longer goes to sleep.
private final class Crew: @unchecked Sendable {
    // Those who wait look at one word while others write the other: each has a cache line, or two, of its own.
    private let before = CacheLines()
    private let finished = Atomic<Int>(0)
    private let after = CacheLines()
    private let sleepers = Atomic<Int>(0)
    private let callerSleeps = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    /// One a thread, the first written last: who sees a new job there finds all others.
    private let shares: UnsafeMutablePointer<Share>
    private let mostThreads: Int
    /// Those that there are, the caller's among them; written before the first job.
    var threads = 1
    /// Pieces of the job; written as `body` is.
    private var count = 0
    /// Written before its ticket, read by those who took a piece of it.
    ///
    /// The closure does not outlive `parallelFor` whatever it captures: the one place that shares unsafely.
    private var body: ((_ piece: Int, _ worker: Int) -> Void)?
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Looks before sleep.
    ///
    /// Where each thread has a core, some 240 µs: longer than one waits for another that packs a large layer. The
    /// preset `iwae` trains 8 % faster than with 30 µs, which is what more threads get: they would look in the way of
    /// those that work.
    private let patience: Int

    /// - Parameter threads: The caller's among them.
    init(threads: Int) {
        mostThreads = max(1, min(threads, ThreadPool.mostThreads))
        shares = .allocate(capacity: mostThreads)
        for thread in 0..<mostThreads { (shares + thread).initialize(to: Share()) }
        patience = threads <= ThreadPool.availableCores ? 8000 : 1000
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        pthread_cond_init(done, nil)
    }

    deinit {
        shares.deinitialize(count: mostThreads)
        shares.deallocate()
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
        (self.body, self.count) = (body, count)
        finished.store(0, ordering: .relaxed)
        let job = Ticket(word: shares[0].ticket.load(ordering: .relaxed)).job &+ 1
        for thread in (0..<threads).reversed() {
            let share = thread * count / threads..<(thread + 1) * count / threads
            shares[thread].ticket.store(Ticket(job: job, share: share).word, ordering: .sequentiallyConsistent)
        }
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { locked { pthread_cond_broadcast(wake) } }
        take(as: 0)
        waitForOthers(count)
        self.body = nil
    }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        locked { pthread_cond_broadcast(wake) }
    }

    /// Its own share first, then what is left of others'.
    private func take(as worker: Int) {
        for thread in 0..<threads { take(from: (worker + thread) % threads, as: worker) }
    }

    private func take(from thread: Int, as worker: Int) {
        while !Ticket(word: shares[thread].ticket.load(ordering: .relaxed)).isSpent {
            let taken = Ticket(word: shares[thread].ticket.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue)
            if taken.isSpent { return }
            // Read while the job cannot end.
            let count = count
            body!(taken.piece, worker)
            let finished = finished.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
            if finished == count, callerSleeps.load(ordering: .sequentiallyConsistent) {
                locked { pthread_cond_signal(done) }
            }
        }
    }

    private func waitForOthers(_ count: Int) {
        for _ in 0..<patience {
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
        func current() -> UInt64 { Ticket(word: shares[0].ticket.load(ordering: .sequentiallyConsistent)).job }
        for _ in 0..<patience {
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

/// The pieces that one thread begins with.
private struct Share: ~Copyable {
    let ticket = Atomic<UInt64>(0)
    private let room = CacheLines()
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
