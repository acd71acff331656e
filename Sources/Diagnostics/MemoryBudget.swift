import CMachine
import Formats
import Tensors

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The memory that this process may use, and what it has of that: asked before work begins, since a process that gets no
/// more memory ends in the middle of it.
package struct MemoryBudget: Sendable {
    /// Something that bounds the process.
    package struct Limit: Hashable, Sendable {
        /// As a person knows it: `ulimit -v`.
        package let name: String
        /// Bytes that the process may have in all, and those that it has.
        package let bytes, used: Int
        /// Whether address space counts, written or not: the stacks of threads as a whole, for instance.
        package let countsAddresses: Bool

        package init(name: String, bytes: Int, used: Int, countsAddresses: Bool) {
            self.name = name
            self.bytes = bytes
            self.used = used
            self.countsAddresses = countsAddresses
        }
    }

    package let limits: [Limit]
    /// Bytes of address space that a thread's stack takes.
    private let stack: Int
    /// Threads that the runtime starts beside those that compute.
    static let runtimeThreads = 2 + ThreadPool.availableCores
    /// What the runtime, the allocator and small things take beside what is asked for.
    ///
    /// With it, trainings with 1, 4 and 8 threads stayed 87 MB or more below what they had asked for.
    private static let slack = 48 << 20

    package init(limits: [Limit], stack: Int) {
        self.limits = limits
        self.stack = stack
    }

    /// What holds for this process now.
    package init() {
        var limits: [Limit] = []
        // Pages: all, resident, shared, text, library, data and stacks. Zeros where there is no /proc.
        let pages = SystemFile.text("/proc/self/statm").split(whereSeparator: \.isWhitespace).map { Int($0) ?? 0 }
        func used(_ field: Int) -> Int { field < pages.count ? pages[field] * sysconf(Int32(_SC_PAGESIZE)) : 0 }
        for (name, bytes, field) in [
            ("ulimit -v", resourceLimit(VAE_ADDRESSES), 0), ("ulimit -d", resourceLimit(VAE_DATA), 5),
        ] {
            if let bytes { limits.append(Limit(name: name, bytes: bytes, used: used(field), countsAddresses: true)) }
        }
        if let bytes = ControlGroup().memory {
            limits.append(Limit(name: "the control group", bytes: bytes, used: used(1), countsAddresses: false))
        }
        if let bytes = MachineReport.mostMemory {
            limits.append(Limit(name: "this machine", bytes: bytes, used: used(1), countsAddresses: false))
        }
        self.init(limits: limits, stack: resourceLimit(VAE_STACK) ?? 2 << 20)
    }

    /// Refuses work that would not fit.
    /// - Parameters:
    ///   - bytes: What it takes beside what the process has already.
    ///   - threads: How many it starts to compute.
    /// - Throws: `MemoryError`.
    package func require(_ bytes: Int, threads: Int = 0) throws(MemoryError) {
        for limit in limits {
            let stacks = limit.countsAddresses ? (threads + Self.runtimeThreads) * min(stack, 1 << 40) : 0
            // Without overflow, whatever a file's model asks for.
            let needs = [bytes, stacks, Self.slack, limit.used].reduce(0) { $1 > .max - $0 ? .max : $0 + $1 }
            if needs > limit.bytes { throw MemoryError(needs: needs, mayUse: limit.bytes, limit: limit.name) }
        }
    }

    /// Keeps the allocator from taking address space in advance for each thread, where that is limited.
    package static func adapt() {
        if resourceLimit(VAE_ADDRESSES) != nil { vae_share_heap() }
    }
}

/// A process may not use as much memory as its work needs.
public struct MemoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Bytes that the process would have in all.
    public let needs: Int
    /// Bytes that it may have in all.
    public let mayUse: Int
    /// What says so: `ulimit -v`, `the control group` or `this machine`.
    public let limit: String

    /// One line for the user.
    public var description: String {
        "not enough memory: needs \(Self.megabytes(needs, .up)), may use \(Self.megabytes(mayUse, .down)) (\(limit))"
    }

    private static func megabytes(_ bytes: Int, _ rule: FloatingPointRoundingRule) -> String {
        "\(Int((Double(bytes) / 1e6).rounded(rule))) MB"
    }
}
