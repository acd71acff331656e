import NIOCore
import NIOPosix

/// Runs tasks on the thread of one event loop, which serves all connections.
///
/// A task on Swift's pool is handed to another thread for each read and each write, and waking one takes as long as
/// decoding a code. Where there are cores for many loops, they are worth more.
final class EventLoopExecutor: TaskExecutor {
    static let isWorthwhile = System.coreCount <= 2

    /// The loops that a server listens on, and what its tasks prefer to run on.
    static func group() -> (any EventLoopGroup, (any TaskExecutor)?) {
        guard isWorthwhile else { return (MultiThreadedEventLoopGroup.singleton, nil) }
        return (shared, EventLoopExecutor(shared.next()))
    }

    /// Lives as long as the process.
    private static let shared = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let loop: any EventLoop

    private init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
