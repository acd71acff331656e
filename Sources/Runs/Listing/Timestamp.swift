#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Times for people and programs.
package enum Timestamp {
    /// Seconds since 1970 as `2026-11-28T18:59:55Z`.
    package static func utc(_ seconds: Double) -> String {
        let (day, time) = text(seconds, gmtime_r)
        return "\(day)T\(time)Z"
    }

    /// The same where this machine stands, to the minute: `2026-11-28 19:59`.
    package static func local(_ seconds: Double) -> String {
        let (day, time) = text(seconds, localtime_r)
        return "\(day) \(time.dropLast(3))"
    }

    private typealias Broken = (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?

    private static func text(_ seconds: Double, _ broken: Broken) -> (day: String, time: String) {
        var (whole, parts) = (time_t(max(-1e15, min(seconds, 1e15)).rounded(.down)), tm())
        _ = broken(&whole, &parts)
        func digits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return (
            "\(Int(parts.tm_year) + 1900)-\(digits(parts.tm_mon + 1))-\(digits(parts.tm_mday))",
            "\(digits(parts.tm_hour)):\(digits(parts.tm_min)):\(digits(parts.tm_sec))"
        )
    }
}
