import CMachine
import Formats
import Tensors

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a training finds on this machine, and what this process may use of it.
package struct MachineReport: Sendable {
    /// Intel's matrix extension, which bfloat16 is multiplied with where it may be used.
    package enum MatrixExtension: String, Sendable {
        case absent
        /// The processor has it, and this process may ask for it.
        case present
        /// This process may use it already.
        case permitted
        /// The processor has it, the system does not let it be used.
        case forbidden
    }

    /// Where runs are written.
    package struct Folder: Sendable {
        /// As it was asked for.
        package let path: String
        /// The folder itself, or the nearest one above that exists.
        package let tested: String
        /// Bytes that this user may still write.
        package let free: Int?
        /// Why a file could not be written there.
        package let error: FileError?
    }

    /// What all blocks run on.
    package let instructionSet: InstructionSet
    /// What this machine could run.
    package let instructionSets: [InstructionSet]
    /// What multiplies bfloat16; nil where nothing does.
    package let bf16Instructions: String?
    package let matrixExtension: MatrixExtension
    /// Processors that are on, and those that this process may run on.
    package let cores, usableCores: Int
    /// Bytes of memory, and those that are free to be taken.
    package let memory, availableMemory: Int?
    package let controlGroup: ControlGroup
    package let folder: Folder
    package let swift, cCompiler, libpng, jpeg, zlib: String
    /// Whether WebP can be read.
    package let hasWebP: Bool

    /// Looks at the machine, and writes and removes a file of 1 MB in the folder.
    /// - Throws: `InstructionSetError`.
    package init(runs folder: String) throws {
        instructionSet = try InstructionSet.selected()
        instructionSets = InstructionSet.allCases.filter { Kernels($0) != nil }
        bf16Instructions = Precision.bf16Instructions
        matrixExtension =
            if vae_matrix_extension() & 1 == 0 {
                .absent
            } else {
                switch vae_matrix_permission() {
                case 1: .permitted
                case 0: .present
                default: .forbidden
                }
            }
        cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        usableCores = ThreadPool.availableCores
        (memory, availableMemory) = Self.memorySizes
        controlGroup = ControlGroup()
        self.folder = Folder(testing: folder)
        swift = Self.swiftVersion
        cCompiler = String(cString: vae_c_compiler()).split(separator: " ").first.map(String.init) ?? "unknown"
        (libpng, jpeg, hasWebP) = (LibraryVersions.libpng, LibraryVersions.jpeg, WebP.isAvailable)
        zlib = LibraryVersions.zlib
    }

    /// The compiler's, as far as it can be told from within.
    private static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    private static var memorySizes: (total: Int?, available: Int?) {
        #if os(Linux)
            return (memory("MemTotal"), memory("MemAvailable"))
        #else
            return (sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), nil)
        #endif
    }

    /// Bytes that all processes together can have, those on disk included; nil where nobody tells.
    static var mostMemory: Int? {
        memorySizes.total.map { total in
            #if os(Linux)
                total + (memory("SwapTotal") ?? 0)
            #else
                total
            #endif
        }
    }

    #if os(Linux)
        private static func memory(_ key: String) -> Int? {
            let line = SystemFile.text("/proc/meminfo").split(separator: "\n").first { $0.hasPrefix("\(key):") }
            return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
    #endif
}

extension MachineReport.Folder {
    init(testing path: String) {
        let folder = DiskSpace.nearestFolder(to: path)
        self.path = path
        tested = folder
        free = DiskSpace.free(at: folder)
        let file = "\(folder)/.vae-doctor-\(getpid())"
        do {
            try AtomicFile.write([UInt8](repeating: 0x5A, count: 1 << 20), to: file)
            error = nil
        } catch let failure {
            error = failure
        }
        unlink(file)
    }
}
