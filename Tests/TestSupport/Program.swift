import Foundation

/// A built program, which lies beside the tests; they run it as its users do.
package struct Program {
    package let path: String

    package static let vae = Program("vae")
    package static let explorer = Program("vae-explore")
    package static let example = Program("train-and-sample")

    /// For what a shell does to a program before it starts.
    package static let shell = Program(path: "/bin/sh")

    package init(path: String) {
        self.path = path
    }

    private init(_ name: String) {
        self.init(path: Self.folder + "/" + name)
    }

    private static let folder: String = {
        #if os(Linux)
            let executable = try! FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return URL(fileURLWithPath: executable).deletingLastPathComponent().path
        #else
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }!
            return bundle.bundleURL.deletingLastPathComponent().path
        #endif
    }()

    /// What a program left behind.
    package struct Outcome {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    /// Runs to the end.
    /// - Parameter output: A file for stdout in place of a temporary one.
    package func run(
        _ arguments: [String], in folder: Scratch, environment: [String: String] = [:], output: String? = nil
    ) throws -> Outcome {
        try start(arguments, in: folder, environment: environment, output: output).wait()
    }

    package func start(
        _ arguments: [String], in folder: Scratch, environment: [String: String] = [:], output: String? = nil
    ) throws -> Running {
        try Running(self, arguments, in: folder, environment: environment, output: output)
    }

    /// A program under way; its output goes to files, which no reader needs to empty.
    package final class Running {
        package let process = Process()
        private let outputPath: String
        private let errorsPath: String

        fileprivate init(
            _ program: Program, _ arguments: [String], in folder: Scratch, environment: [String: String],
            output: String?
        ) throws {
            let name = UUID().uuidString
            outputPath = output ?? folder.hidden(name + ".out")
            errorsPath = folder.hidden(name + ".err")
            func handle(_ path: String) throws -> FileHandle {
                if output != path { try Data().write(to: URL(fileURLWithPath: path)) }
                return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            }
            process.executableURL = URL(fileURLWithPath: program.path)
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
            process.environment = ProcessInfo.processInfo.environment
                .filter { $0.key != "VAE_ISA" }.merging(environment) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try handle(outputPath)
            process.standardError = try handle(errorsPath)
            try process.run()
        }

        /// What it has written to stderr so far.
        package var errors: String {
            (try? Data(contentsOf: URL(fileURLWithPath: errorsPath))).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }

        package func wait() throws -> Outcome {
            process.waitUntilExit()
            func text(_ path: String) throws -> String {
                path.hasPrefix("/dev/")
                    ? "" : String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
            }
            return Outcome(
                status: process.terminationStatus, output: try text(outputPath), errors: try text(errorsPath))
        }
    }
}

/// A folder of a test's own, which goes with it.
package final class Scratch: Sendable {
    package let path: String

    package init(named name: String = UUID().uuidString) {
        path = Self.path(name)
        try! FileManager.default.createDirectory(atPath: path + "-output", withIntermediateDirectories: true)
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        Self.remove(path)
    }

    package static func path(_ name: String) -> String {
        FileManager.default.temporaryDirectory.path + "/vae-tests-" + name
    }

    package static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: path + "-output")
    }

    /// A place outside the folder itself, for what the tests record.
    package func hidden(_ name: String) -> String { path + "-output/" + name }

    package func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    package func text(_ name: String) throws -> String {
        String(decoding: try bytes(name), as: UTF8.self)
    }

    package func write(_ text: String, to name: String) throws {
        try write(Array(text.utf8), to: name)
    }

    package func write(_ bytes: [UInt8], to name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// Copies a file or folder, in place of what stood there.
    package func copy(_ other: Scratch, _ name: String, as copy: String? = nil) throws {
        let target = path + "/" + (copy ?? name)
        try? FileManager.default.removeItem(atPath: target)
        try FileManager.default.copyItem(atPath: other.path + "/" + name, toPath: target)
    }

    package func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/" + name)
    }

    /// Every file below a folder, sorted.
    package func files(_ folder: String) -> [String] {
        (FileManager.default.enumerator(atPath: path + "/" + folder)?.allObjects as? [String] ?? [])
            .filter { name in
                let kind = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(folder)/\(name)")[.type]
                return kind as? FileAttributeType != .typeDirectory
            }.sorted()
    }
}
