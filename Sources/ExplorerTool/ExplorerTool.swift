import ArgumentParser
import Diagnostics
import Explorer
import Formats
import NIOCore
import NIOPosix
import Runs
import Tensors

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@main
struct ExplorerTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        // By which people know it; `vae` starts it with the arguments that it was given.
        commandName: "vae",
        abstract: "Look at trained models in the browser, or serve them: `vae explore` and `vae serve`.",
        discussion: ExitStatus.help([.done, .other, .usage, .badData, .missingInput, .unavailable, .inputOutput]) + ".",
        version: RunConfiguration.programVersion,
        subcommands: [ExploreCommand.self, ServeCommand.self])

    static func main() async {
        do {
            try ServerLimits.requireDescriptors(DescriptorLimit.raise())
            // Tasks run on the event loops' own threads, which spares each request two changes of thread. Models compute
            // on threads of their own, so that no loop waits for them.
            NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
            var command = try parseAsRoot(try ProgramStart.begin())
            try ProgramStart.requireProc()
            _ = try InstructionSet.selected()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard let status = status(of: error) else { exit(withError: error) }
            say("Error: \(error)")
            leave(status.rawValue)
        }
    }

    /// Nil for the argument parser's errors, which knows its own.
    private static func status(of error: any Error) -> ExitStatus? {
        switch error {
        case let error as ServerSettingsError:
            switch error {
            case .needsToken, .weakToken, .emptyToken: .usage
            case .portTaken, .cannotListen: .unavailable
            case .fewFiles: .other
            }
        case is InstructionSetError, StartError.argumentNotUTF8, StartError.argumentEmpty: .usage
        case is StartError: .other
        case is FormatError: .badData
        case let error as RunError: error.isMissing ? .missingInput : .badData
        case let error as FileError: error.isMissing ? .missingInput : .inputOutput
        default: nil
        }
    }
}

/// A line for people, on stderr.
func say(_ text: String) {
    let line = Array((printableLines(text) + "\n").utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// The system's `exit`, which the argument parser's hides.
private func leave(_ status: Int32) -> Never {
    exit(status)
}
