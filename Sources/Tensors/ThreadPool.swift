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
    private let crew: Crew
    private let workers: [UncheckedThread]

    private struct UncheckedThread: @unchecked Sendable {
        let id: pthread_t
    }

    /// Starts `threads − 1` threads beside the caller's.
    package init(threads: Int) {
        self.threads = max(1, threads)
        let crew = Crew()
        self.crew = crew
        workers = (1..<self.threads).map { UncheckedThread(id: start(crew, worker: $0)) }
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
        withoutActuallyEscaping(body) { body in
            crew.run(Job(count: count, body: body), helpers: threads - 1)
        }
    }
}

/// Pieces to run.
///
/// The closure does not outlive `parallelFor` whatever it captures: the one place that shares unsafely.
private struct Job: @unchecked Sendable {
    let count: Int
    let body: (_ piece: Int, _ worker: Int) -> Void
}

/// What the threads share; they hold it, not the pool, so that the pool can end them.
private final class Crew: @unchecked Sendable {
    private let next = Atomic<Int>(0)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var job: Job?
    /// Counts the jobs: a thread that wakes compares it with the last one that it ran.
    private var generation = 0
    private var working = 0
    private var stopping = false

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

    func run(_ job: Job, helpers: Int) {
        next.store(0, ordering: .relaxed)
        pthread_mutex_lock(mutex)
        self.job = job
        working = helpers
        generation += 1
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
        take(job, as: 0)
        pthread_mutex_lock(mutex)
        while working > 0 { pthread_cond_wait(done, mutex) }
        self.job = nil
        pthread_mutex_unlock(mutex)
    }

    func stop() {
        pthread_mutex_lock(mutex)
        stopping = true
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
    }

    private func take(_ job: Job, as worker: Int) {
        while true {
            let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if piece >= job.count { return }
            job.body(piece, worker)
        }
    }

    func work(as worker: Int) {
        var seen = 0
        pthread_mutex_lock(mutex)
        while true {
            while generation == seen && !stopping { pthread_cond_wait(wake, mutex) }
            guard !stopping, let job else { break }
            seen = generation
            pthread_mutex_unlock(mutex)
            take(job, as: worker)
            pthread_mutex_lock(mutex)
            working -= 1
            if working == 0 { pthread_cond_signal(done) }
        }
        pthread_mutex_unlock(mutex)
    }
}

private final class Post {
    let crew: Crew
    let worker: Int

    init(_ crew: Crew, _ worker: Int) {
        self.crew = crew
        self.worker = worker
    }
}

private func start(_ crew: Crew, worker: Int) -> pthread_t {
    let post = Unmanaged.passRetained(Post(crew, worker)).toOpaque()
    #if canImport(Darwin)
        var thread: pthread_t?
        let status = pthread_create(&thread, nil, { main($0) }, post)
    #else
        var thread: pthread_t? = pthread_t()
        let status = pthread_create(&thread!, nil, { main($0!) }, post)
    #endif
    guard status == 0, let thread else { fatalError("cannot start compute thread \(worker + 1): error \(status)") }
    return thread
}

private func main(_ post: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let post = Unmanaged<Post>.fromOpaque(post).takeRetainedValue()
    post.crew.work(as: post.worker)
    return nil
}

extension ThreadPool {
    /// Cores that this process may use.
    package static var availableCores: Int { Int(vae_available_cores()) }
}
