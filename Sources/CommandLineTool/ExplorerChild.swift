import Settings
import Synchronization
import VAE

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The explorer of a training, under way beside it.
final class ExplorerChild: Sendable {
    private let process: pid_t
    private let state: Mutex<State>

    private struct State {
        /// Where it reads how the training stands; nil once there is no more to tell.
        var input: Int32?
        var isOver = false
        var lastTold = ContinuousClock.now - .seconds(1)
    }

    init(process: pid_t, input: Int32) {
        self.process = process
        state = Mutex(State(input: input))
    }

    /// Tells how the training stands, a few times a second: a line of JSON.
    func tell(_ progress: StepProgress) {
        state.withLock { state in
            guard let input = state.input, state.lastTold.duration(to: .now) >= .milliseconds(250) else { return }
            state.lastTold = .now
            let object: JSONValue = [
                "epoch": .integer(progress.epoch), "epochs": .integer(progress.epochs),
                "step": .integer(progress.step), "steps": .integer(progress.steps),
                "loss": .number(progress.terms.loss),
                "reconstruction_loss": .number(progress.terms.reconstruction),
                "kl_loss": .number(progress.terms.kl),
                "images_per_second": .number(progress.imagesPerSecond),
                "seconds_left": .number(progress.secondsLeft),
            ]
            let line = object.serialized() + [UInt8(ascii: "\n")]
            // Short enough that a pipe takes all of it or nothing; what is not taken is told anew soon.
            _ = line.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
        }
    }

    /// No more is to be told: the training is over, or has stopped.
    func endProgress() {
        state.withLock { state in
            if let input = state.input { close(input) }
            state.input = nil
        }
    }

    /// From now on SIGINT and SIGTERM end it, and this process with it, by way of `wait`.
    func endsWithSignals() {
        signalled.store(process, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                let process = signalled.load(ordering: .relaxed)
                if process > 0 { kill(process, SIGTERM) }
            }
        }
    }

    /// Waits until it has ended, by itself or because it was asked to.
    func wait() {
        endProgress()
        guard !state.withLock(\.isOver) else { return }
        // Seen first and reaped under the lock: nobody signals a process of another that got its number.
        var info = siginfo_t()
        while waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        signalled.store(0, ordering: .relaxed)
        state.withLock { state in
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            state.isOver = true
        }
    }

    /// Asks it to end, and waits.
    func end() {
        state.withLock { if !$0.isOver { kill(process, SIGTERM) } }
        wait()
    }
}

/// The process that signals end; a signal's handler can reach nothing but what is global.
private let signalled = Atomic<pid_t>(0)
