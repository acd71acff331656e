import Dispatch

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a training tells of itself: a line of JSON now and then, until it is over.
enum ProgressLines {
    /// The lines that come, on a thread of their own.
    static func read(_ descriptor: Int32) -> AsyncStream<[UInt8]> {
        // Only the newest says how it stands.
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { lines in
            DispatchQueue(label: "progress").async {
                var (rest, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 12))
                while true {
                    let count = systemRead(descriptor, &buffer, buffer.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { break }
                    rest += buffer[..<count]
                    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                        lines.yield(Array(rest[..<end]))
                        rest.removeSubrange(...end)
                    }
                    // No line is so long.
                    if rest.count > 1 << 16 { break }
                }
                lines.finish()
            }
        }
    }
}

/// The system's `read`, which `ProgressLines.read` hides.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
