import CHost

/// What the core asks of the operating system, answered in a page.
enum System {
    /// A page has no environment.
    static func environment(_ name: String) -> String? { nil }

    /// Memory that `deallocate` gives back, aligned to a cache line; what it holds is left to chance.
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: byteCount, alignment: 64)
    }
}

/// The time since it was made.
package struct Stopwatch {
    private let start = host_seconds()

    package init() {}

    /// Seconds since then.
    package var seconds: Double { host_seconds() - start }
}
