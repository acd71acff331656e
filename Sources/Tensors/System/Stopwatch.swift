/// The time since it was made.
package struct Stopwatch {
    private let start = ContinuousClock.now

    package init() {}

    /// Seconds since then; a computer's sleep counts too.
    package var seconds: Double { start.duration(to: .now) / .seconds(1) }
}
