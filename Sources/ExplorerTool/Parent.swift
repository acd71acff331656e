import Dispatch

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The process that started this one.
enum Parent {
    /// Ends this process, as SIGTERM does, soon after `parent` has gone, whatever way it went.
    static func follow(_ parent: pid_t) {
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.schedule(deadline: .now(), repeating: 0.2)
        timer.setEventHandler {
            guard getppid() != parent else { return }
            timer.cancel()
            kill(getpid(), SIGTERM)
        }
        timer.resume()
    }
}
