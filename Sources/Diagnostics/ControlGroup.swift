#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What Linux's control groups leave to this process, of version 2 or 1.
package struct ControlGroup: Hashable, Sendable {
    /// Processors' worth of time; nil without a limit.
    package private(set) var cores: Double?
    /// Bytes; nil without a limit.
    package private(set) var memory: Int?

    /// Reads `/proc/self/cgroup` and the limits of the groups that it names, those above them included.
    /// - Parameter root: In the place of `/`.
    package init(root: String = "") {
        for line in Self.text("\(root)/proc/self/cgroup").split(separator: "\n") {
            // hierarchy:controllers:path; version 2 has no controllers.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            for group in Self.upwards(String(parts[2])) {
                if controllers.isEmpty {
                    for base in ["\(root)/sys/fs/cgroup", "\(root)/sys/fs/cgroup/unified"] {
                        limitVersion2(base + group)
                    }
                }
                if controllers.contains("memory") { limitMemory("\(root)/sys/fs/cgroup/memory\(group)") }
                if controllers.contains("cpu") { limitCores("\(root)/sys/fs/cgroup/cpu\(group)") }
            }
        }
    }

    private mutating func limitVersion2(_ folder: String) {
        if let limit = Int(Self.text("\(folder)/memory.max")) { take(memory: limit) }
        // "max 100000" or "150000 100000".
        let quota = Self.text("\(folder)/cpu.max").split(separator: " ").map { Double($0) }
        if quota.count == 2, let time = quota[0], let period = quota[1] { take(time: time, period: period) }
    }

    private mutating func limitMemory(_ folder: String) {
        // Without a limit the file holds the largest multiple of a page.
        if let limit = Int(Self.text("\(folder)/memory.limit_in_bytes")), limit < 1 << 60 { take(memory: limit) }
    }

    private mutating func limitCores(_ folder: String) {
        if let time = Double(Self.text("\(folder)/cpu.cfs_quota_us")),
            let period = Double(Self.text("\(folder)/cpu.cfs_period_us"))
        {
            take(time: time, period: period)
        }
    }

    private mutating func take(memory limit: Int) { memory = min(memory ?? .max, limit) }

    private mutating func take(time: Double, period: Double) {
        if time > 0, period > 0 { cores = min(cores ?? .infinity, time / period) }
    }

    /// A group and those above it: `/a/b`, `/a` and the root.
    private static func upwards(_ group: String) -> [String] {
        let parts = group.split(separator: "/")
        return (0...parts.count).reversed().map { parts.prefix($0).map { "/\($0)" }.joined() }
    }

    private static func text(_ path: String) -> String {
        SystemFile.text(path).trimmed
    }
}

/// Small files of the kernel, which have no size before they are read.
enum SystemFile {
    /// The first 64 KB; nothing where the file cannot be read.
    static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var count = 0
        while count < bytes.count {
            let part = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, $0.count - count) }
            guard part > 0 else { break }
            count += part
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

extension String {
    /// Without white space at its ends.
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
