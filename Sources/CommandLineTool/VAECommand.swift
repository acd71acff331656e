import ArgumentParser
import Settings
import VAE

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@main
struct VAECommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vae",
        abstract: "Train, measure and explore variational autoencoders on the CPU.",
        discussion: """
            A first run, with figures and a report at its end:
              vae train

            The same in two minutes' time or less, under a name of its own:
              vae train --epochs 2 --out runs/quick

            \(ExitStatus.help([.done, .other, .usage, .badData, .missingInput, .noMemory, .inputOutput, .interrupted])); \
            128 and its number for a signal that left at once.
            """,
        version: RunConfiguration.programVersion,
        subcommands: [
            TrainCommand.self, DataCommand.self, ImportCommand.self, PresetsCommand.self, OpsCommand.self,
            SummaryCommand.self, EvaluateCommand.self, ReconstructCommand.self, EmbedCommand.self, EncodeCommand.self,
            DecodeCommand.self,
            GridCommand.self, SampleCommand.self, InterpolateCommand.self, ReportCommand.self, ExportCommand.self,
            VerifyCommand.self, RunsCommand.self,
            ExploreCommand.self, ServeCommand.self, BenchCommand.self, DoctorCommand.self,
        ])

    static func main() async {
        var arguments: [String] = []
        MemoryBudget.adapt()
        do {
            arguments = try ProgramStart.begin()
            try requireCommand(in: arguments)
            var command = try parseAsRoot(arguments)
            try ProgramStart.requireProc()
            _ = try InstructionSet.selected()
            if var command = command as? any AsyncParsableCommand {
                // Without room for its threads the runtime would wait for ever.
                try MemoryBudget().require(0)
                try ProgramStart.requireRoomForRuntime()
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            leave(report(error, arguments))
        }
    }

    /// Says how the command ended; returns the status.
    private static func report(_ error: any Error, _ arguments: [String]) -> Int32 {
        guard let status = ExitStatus(of: error) else { return reportParsing(error, arguments) }
        // Who asked for it to stop has made no mistake.
        Console.say(status == .interrupted ? "\(error)" : "Error: \(error)")
        return status.rawValue
    }

    /// The same for the argument parser's errors, which asking for help or the version is to it.
    private static func reportParsing(_ error: any Error, _ arguments: [String]) -> Int32 {
        let (status, words) = (exitCode(for: error), fullMessage(for: error))
        guard status.isSuccess else {
            // It repeats an argument, or the value behind an option's `=`, as it came, line breaks included.
            let values = arguments.compactMap { argument in
                argument.firstIndex(of: "=").map { String(argument[$0...].dropFirst()) }
            }
            let broken = (arguments + values).filter { $0.contains("\n") }
            Console.say(broken.reduce(words) { $0.replacing($1, with: printable($1)) })
            return status.rawValue
        }
        do {
            try Console.data(words)
            return status.rawValue
        } catch {
            return report(error, arguments)
        }
    }
}

// MARK: - Names of commands

extension VAECommand {
    /// Refuses a command that there is not, and names the one that was meant.
    private static func requireCommand(in arguments: [String]) throws {
        guard let first = arguments.first else { throw UsageError("a command is missing\n\n\(helpMessage())") }
        var (words, path) = (first == "help" ? arguments.dropFirst() : arguments[...], "")
        var commands = configuration.subcommands
        while !commands.isEmpty, let name = words.popFirst(), !name.hasPrefix("-") {
            let names = commands.compactMap { $0.configuration.commandName } + (path.isEmpty ? ["help"] : [])
            guard names.contains(name) else {
                let meant = nearestName(to: name, among: names).map { " Did you mean '\(path)\($0)'?" } ?? ""
                throw ValidationError("There is no command '\(path)\(printable(name))'.\(meant)")
            }
            commands = commands.first { $0.configuration.commandName == name }?.configuration.subcommands ?? []
            path += name + " "
        }
    }
}

/// The system's `exit`, which the argument parser's hides.
private func leave(_ status: Int32) -> Never {
    exit(status)
}
