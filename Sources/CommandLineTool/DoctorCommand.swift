import ArgumentParser
import Figures
import Settings
import VAE

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine has for a training, and whether runs can be written.",
        discussion: """
            A file of 1 MB is written and removed where runs go; status 74 if that fails. The last line is the verdict.
            """)

    @Option(help: ArgumentHelp("The folder that runs are written to.", valueName: "dir"), completion: .directory)
    var runs = "runs"

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func run() throws {
        let report = try MachineReport(runs: runs)
        try json ? Console.data(report.json) : Console.rows(report.rows, column: 17)
        if let error = report.folder.error { throw error }
    }
}

extension MachineReport {
    fileprivate var json: JSONValue {
        func size(_ bytes: Int?) -> JSONValue { bytes.map { .integer($0) } ?? .null }
        return [
            "program": .string(RunConfiguration.programVersion),
            "swift": .string(swift),
            "c_compiler": .string(cCompiler),
            "libpng": .string(libpng),
            "jpeg": .string(jpeg),
            "webp": .bool(hasWebP),
            "zlib": .string(zlib),
            "isa": .string(instructionSet.rawValue),
            "isa_available": .array(instructionSets.map { .string($0.rawValue) }),
            "bf16": bf16Instructions.map { .string($0) } ?? .null,
            "amx": .string(matrixExtension.rawValue),
            "cores": .integer(cores),
            "cores_usable": .integer(usableCores),
            "cores_quota": controlGroup.cores.map { .number($0) } ?? .null,
            "memory_bytes": size(memory),
            "memory_available_bytes": size(availableMemory),
            "memory_limit_bytes": size(controlGroup.memory),
            "runs": .string(folder.path),
            "runs_tested": .string(folder.tested),
            "runs_free_bytes": size(folder.free),
            "runs_writable": .bool(folder.error == nil),
            "ready": .bool(obstacles.isEmpty),
        ]
    }

    /// What keeps a training from running here, in words.
    private var obstacles: [String] {
        // The tutorial's training was measured at 130 MB; a process must start, too.
        let needed = 200_000_000
        let usable = [availableMemory, controlGroup.memory].compactMap { $0 }.min()
        return (folder.error.map { ["\($0)"] } ?? [])
            + ((usable ?? .max) < needed ? ["the tutorial needs \(needed / 1_000_000) MB of memory"] : [])
    }

    fileprivate var rows: [(name: String, words: String)] {
        func size(_ bytes: Int?) -> String {
            bytes.map { NumberText.fixed(Double($0) / 1e9, places: 1) + " GB" } ?? "unknown"
        }
        let others = instructionSets.filter { $0 != instructionSet }.map(\.rawValue).joined(separator: ", ")
        let quota = controlGroup.cores.map { ", with time for \(NumberText.fixed($0, places: 1))" } ?? ""
        let limit = controlGroup.memory.map { ", limited to \(size($0))" } ?? ""
        let place = folder.tested == folder.path ? "" : " (not there yet; tested in \(folder.tested))"
        let canWrite = folder.error == nil ? "can" : "cannot"
        return [
            ("program", RunConfiguration.programVersion),
            ("compilers", "Swift \(swift), Clang \(cCompiler)"),
            (
                "libraries",
                "libpng \(libpng), \(jpeg), zlib \(zlib), \(hasWebP ? "libwebp" : "no libwebp (WebP cannot be read)")"
            ),
            ("instruction set", instructionSet.rawValue + (others.isEmpty ? "" : "; also \(others)")),
            ("bf16", bf16Instructions ?? "none: --precision bf16 needs AMX or AVX512-BF16"),
            ("AMX", matrixExtension.words),
            ("cores", "\(usableCores) of \(cores)\(quota)"),
            ("memory", "\(size(availableMemory)) available of \(size(memory))\(limit)"),
            ("runs", "\(folder.path)\(place): \(size(folder.free)) free, \(canWrite) be written"),
            ("verdict", obstacles.isEmpty ? "ready to train" : "not ready: " + obstacles.joined(separator: "; ")),
        ]
    }
}

extension MachineReport.MatrixExtension {
    fileprivate var words: String {
        switch self {
        case .absent: "none"
        case .present: "there, and this process may ask for it"
        case .permitted: "there and permitted"
        case .forbidden: "there, but this system does not let it be used"
        }
    }
}
