#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the core asks of the operating system, beside threads and clocks.
enum System {
    /// An environment variable; nil where it is not set.
    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Memory that `deallocate` gives back, aligned to a cache line at least; what it holds is left to chance.
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        // Large arenas on huge pages: far fewer address translations.
        let alignment = byteCount >= 1 << 21 ? 1 << 21 : 64
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: alignment)
        #if os(Linux)
            if alignment > 64 { _ = madvise(memory, byteCount, MADV_HUGEPAGE) }
        #endif
        return memory
    }
}
