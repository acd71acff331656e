import CMachine
import Formats
import Tensors

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a program of ours does before anything else.
package enum ProgramStart {
    /// Makes the standard streams safe, and returns the arguments behind the program's own name.
    ///
    /// A reader that goes away ends no program, and no file that is opened later takes the place of a standard stream
    /// that the caller has closed: a checkpoint as stdout would be printed into.
    /// - Throws: `StartError`.
    package static func begin() throws(StartError) -> [String] {
        signal(SIGPIPE, SIG_IGN)
        // Nor a limit on the size of files (ulimit -f): the write fails, and is told of.
        signal(SIGXFSZ, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // It takes the lowest free number, which is this one. What is written to it fails, as it should.
            if open("/dev/null", O_RDONLY) < 0 { _ = open("/", O_RDONLY) }
        }
        let arguments = try arguments()
        try requireValues(in: arguments)
        return arguments
    }

    /// Refuses an empty word in the place of a path, a name or a number: a script's variable that is not set would
    /// otherwise lead to the folder that one stands in, or to the root.
    private static func requireValues(in arguments: [String]) throws(StartError) {
        for (place, word) in arguments.enumerated() {
            let isEmptyValue = word.hasPrefix("--") && word.hasSuffix("=")
            guard word.isEmpty || isEmptyValue else { continue }
            let before = isEmptyValue ? String(word.dropLast()) : place > 0 ? arguments[place - 1] : ""
            throw .argumentEmpty(name: before.hasPrefix("-") ? printable(before) : "argument \(place + 1)")
        }
    }

    /// Refuses to begin where Swift's runtime would end the process in the midst of its work.
    ///
    /// Its thread pool counts its threads in `/proc`, once a second, and traps where it finds none.
    /// - Throws: `StartError`.
    package static func requireProc() throws(StartError) {
        #if os(Linux)
            if access("/proc/self/task", R_OK) != 0 { throw .procMissing }
        #endif
    }

    /// Refuses to begin where Swift's runtime would end the process for want of a file to open or a thread to start.
    ///
    /// With fewer free files than this a training of two threads could not write its run either.
    /// - Throws: `StartError`.
    package static func requireRoomForRuntime() throws(StartError) {
        var files: [Int32] = []
        defer { for file in files { close(file) } }
        for _ in 0..<freeFiles {
            let file = open("/", O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw .tooFewFiles }
            files.append(file)
        }
        if !ThreadPool.canHave(threads: MemoryBudget.runtimeThreads) { throw .tooFewThreads }
    }

    private static let freeFiles = 9

    /// The arguments as the kernel handed them over.
    ///
    /// Not `CommandLine.arguments`, which on Linux comes out of `/proc`: it is empty where none is mounted, and a path
    /// that is not UTF-8 becomes another path in it.
    package static func arguments() throws(StartError) -> [String] {
        var count: Int32 = 0
        guard let values = vae_arguments(&count) else { throw .argumentsUnknown }
        var arguments: [String] = []
        for position in 1..<max(Int(count), 1) {
            guard let value = values[position] else { break }
            guard let argument = String(validatingCString: value) else {
                throw .argumentNotUTF8(position: position, shown: shown(value))
            }
            arguments.append(argument)
        }
        return arguments
    }

    /// Bytes that are not UTF-8, for an error: those beyond ASCII as `\xE9`.
    private static func shown(_ value: UnsafePointer<CChar>) -> String {
        let bytes = UnsafeBufferPointer(start: value, count: strlen(value)).lazy.map { UInt8(bitPattern: $0) }
        return printable(
            bytes.map { byte in
                byte < 0x80 ? String(Unicode.Scalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
            }.joined())
    }
}

/// A program cannot begin as it was started.
package enum StartError: Error, CustomStringConvertible {
    /// An argument is no text; a path among them would become another.
    case argumentNotUTF8(position: Int, shown: String)
    /// Where a value stands there is none.
    case argumentEmpty(name: String)
    /// The C library does not tell them.
    case argumentsUnknown
    /// The runtime, and the files of a run, need more than may be open at a time.
    case tooFewFiles
    /// The runtime needs more threads than this process or user may have.
    case tooFewThreads
    /// Linux without `/proc`.
    case procMissing

    /// One line for the user.
    package var description: String {
        switch self {
        case .argumentNotUTF8(let position, let shown): "argument \(position): expected UTF-8, found \(shown)"
        case .argumentEmpty(let name): "\(name): expected a value, found nothing (a variable that is not set?)"
        case .argumentsUnknown: "this system does not tell the program its arguments"
        case .tooFewFiles: "too few files may be open at a time (ulimit -n)"
        case .tooFewThreads: "no more threads can be started (ulimit -u, or the control group's limit)"
        case .procMissing: "/proc is not mounted: Swift's threads end the process without it"
        }
    }
}
