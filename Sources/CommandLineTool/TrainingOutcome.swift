import Settings
import VAE

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What `vae train --json` prints.
struct TrainingOutcome {
    let json: JSONValue

    init(_ run: RunFolder, metrics: [EpochMetrics], isFinished: Bool, seconds: Double, threads: Int) {
        let last = metrics.last
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        func losses(_ terms: LossTerms?, prefix: String) -> [JSONValue.Member] {
            terms?.losses.map { .init(prefix + $0.name, .number($0.value)) } ?? [.init(prefix + "loss", .null)]
        }
        let first: JSONValue = [
            "run": .string(run.path),
            "epochs": .integer(last?.epoch ?? 0),
            "steps": .integer(last?.step ?? 0),
            "seed": JSONValue(run.configuration.training.seed),
        ]
        let rest: JSONValue = [
            "images_per_second": number(Self.median(metrics.map(\.imagesPerSecond))),
            "seconds": .number(seconds),
            "peak_memory_bytes": Self.peakMemory.map { .integer($0) } ?? .null,
            "threads": .integer(threads),
            "isa": (try? InstructionSet.selected()).map { .string($0.rawValue) } ?? .null,
            "collapse": last?.collapse.map { .string($0.rawValue) } ?? .null,
            "finished": .bool(isFinished),
        ]
        json = .object(
            (first.object ?? []) + losses(last?.training, prefix: "") + losses(last?.validation, prefix: "val_")
                + (rest.object ?? []))
    }

    private static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// The most memory that the process ever had, in bytes; nil where the system does not tell.
    private static var peakMemory: Int? {
        #if canImport(Darwin)
            var usage = rusage()
            getrusage(RUSAGE_SELF, &usage)
            return Int(usage.ru_maxrss)
        #else
            // Not getrusage's figure, which a process inherits from the one that forked it.
            guard let file = fopen("/proc/self/status", "r") else { return nil }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 256)
            while fgets(&line, Int32(line.count), file) != nil {
                var kilobytes = 0
                if withUnsafeMutablePointer(to: &kilobytes, { withVaList([$0]) { vsscanf(line, "VmHWM: %ld", $0) } })
                    == 1
                {
                    return kilobytes * 1024
                }
            }
            return nil
        #endif
    }
}

extension JSONValue {
    /// A seed; one beyond 63 bits, which JSON's readers would round, as a string.
    init(_ seed: UInt64) {
        self = Int(exactly: seed).map { .integer($0) } ?? .string("\(seed)")
    }
}
