import ArgumentParser
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
            TrainCommand.self, SummaryCommand.self, EvaluateCommand.self, ReconstructCommand.self, EmbedCommand.self,
            GridCommand.self, SampleCommand.self, InterpolateCommand.self, ReportCommand.self, VerifyCommand.self,
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
        guard let name = first == "help" ? arguments.dropFirst().first : first, !name.hasPrefix("-") else { return }
        let commands = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        if commands.contains(name) { return }
        let near = commands.map { ($0, distance($0, name)) }.filter { $0.1 <= 2 && $0.1 < $0.0.count - 1 }
        let meant = near.min { $0.1 < $1.1 }.map { " Did you mean '\($0.0)'?" } ?? ""
        throw ValidationError("There is no command '\(printable(name))'.\(meant)")
    }

    /// Letters to insert, drop, replace or exchange with their neighbour to make one word of another.
    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a), Array(b.prefix(100)))
        var rows = [Array(0...b.count)]
        for (i, letter) in a.enumerated() {
            var row = [i + 1]
            for (j, other) in b.enumerated() {
                var least = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == b[j - 1], a[i - 1] == other { least = min(least, rows[i - 1][j - 1] + 1) }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}

/// The system's `exit`, which the argument parser's hides.
private func leave(_ status: Int32) -> Never {
    exit(status)
}
