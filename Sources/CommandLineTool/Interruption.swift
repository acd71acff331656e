import Dispatch

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// SIGINT and SIGTERM: the first asks, the second leaves at once.
struct Interruption {
    /// The work was asked to stop, and can go on.
    struct Stopped: Error, CustomStringConvertible {
        let description: String
    }

    private let sources: [any DispatchSourceSignal]
    private static let signals = [SIGINT, SIGTERM]

    /// Begins to listen.
    /// - Parameter ask: Called once, at the first signal, on another thread.
    init(_ ask: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        let asked = Asked()
        sources = Self.signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if asked.isAsked { _exit(128 + number) }
                asked.isAsked = true
                ask()
            }
            source.resume()
            return source
        }
    }

    /// Gives the signals back their usual meaning.
    func end() {
        for source in sources { source.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
    }

    /// Touched on the signals' queue only.
    private final class Asked: @unchecked Sendable {
        var isAsked = false
    }
}
