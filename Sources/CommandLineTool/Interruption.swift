import Dispatch
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// SIGINT, SIGTERM and SIGHUP: the first asks, the second leaves at once.
///
/// One that follows within a tenth of a second is the first one again: `timeout` signals the process and then its whole
/// group, and no person is as fast.
struct Interruption {
    /// The work was asked to stop, and can go on.
    struct Stopped: Error, CustomStringConvertible {
        let description: String
    }

    private let sources: [any DispatchSourceSignal]
    private let signals: [Int32]
    private let asked = Asked()

    /// Begins to listen.
    /// - Parameter ask: Called once, at the first signal, on another thread.
    init(_ ask: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        // `nohup` has a hangup ignored, and means it.
        signals = [SIGINT, SIGTERM, SIGHUP].filter { $0 != SIGHUP || !Self.isIgnored($0) }
        sources = signals.map { [asked] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if asked.value.exchange(true, ordering: .relaxed) {
                    if asked.isRecent { return }
                    _exit(128 + number)
                }
                asked.since.withLock { $0 = .now }
                // On a terminal, in the progress bar's place.
                if Console.isTerminal { Console.show("\r\u{1B}[K") }
                Console.say("stopping after this step; a second signal leaves at once")
                ask()
            }
            source.resume()
            return source
        }
    }

    /// Gives the signals back their usual meaning.
    func end() {
        for source in sources { source.cancel() }
        for number in signals { signal(number, SIG_DFL) }
    }

    /// Whether a signal has come.
    var isAsked: Bool { asked.value.load(ordering: .relaxed) }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        #if canImport(Darwin)
            let handler = action.__sigaction_u.__sa_handler
        #else
            let handler = action.__sigaction_handler.sa_handler
        #endif
        // SIG_IGN itself cannot be compared; its address is 1.
        return unsafeBitCast(handler, to: Int.self) == 1
    }

    private final class Asked: Sendable {
        let value = Atomic(false)
        let since = Mutex(ContinuousClock.now)

        var isRecent: Bool { since.withLock { $0 }.duration(to: .now) < .milliseconds(100) }
    }
}
