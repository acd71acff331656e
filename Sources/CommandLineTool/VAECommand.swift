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

            Exit status: 0 done, 1 failed, 64 wrong usage, 65 bad data, 66 a named input does not exist, 71 not \
            enough memory, 74 input or output failed, 75 interrupted and can go on; 128 and its number for a signal \
            that left at once.
            """,
        version: RunConfiguration.programVersion,
        subcommands: [
            TrainCommand.self, SummaryCommand.self, EvaluateCommand.self, ReconstructCommand.self, EmbedCommand.self,
            GridCommand.self, SampleCommand.self, InterpolateCommand.self, ReportCommand.self, VerifyCommand.self,
            ExploreCommand.self, ServeCommand.self, BenchCommand.self, DoctorCommand.self,
        ])

    static func main() async {
        // A reader that goes away must not kill a training.
        signal(SIGPIPE, SIG_IGN)
        // Nor a limit on the size of files (ulimit -f): the write fails, and is told of.
        signal(SIGXFSZ, SIG_IGN)
        Console.openClosed()
        MemoryBudget.adapt()
        do {
            try refuseEmpty(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot()
            _ = try InstructionSet.selected()
            if var command = command as? any AsyncParsableCommand {
                // Without room for its threads the runtime would wait for ever.
                try MemoryBudget().require(0)
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard let status = ExitStatus(of: error) else { exit(withError: error) }
            Console.say("Error: \(error)")
            leave(status.rawValue)
        }
    }
}

/// Refuses an empty word in the place of a path, a name or a number: a script's variable that is not set would otherwise
/// lead to the folder that one stands in, or to the root.
private func refuseEmpty(_ arguments: [String]) throws {
    for (place, word) in arguments.enumerated() {
        let isEmptyValue = word.hasPrefix("--") && word.hasSuffix("=")
        guard word.isEmpty || isEmptyValue else { continue }
        let before = isEmptyValue ? String(word.dropLast()) : place > 0 ? arguments[place - 1] : ""
        let name = before.hasPrefix("-") ? before : "argument \(place + 1)"
        throw UsageError("\(name): expected a value, found nothing (a variable that is not set?)")
    }
}

/// The system's `exit`, which the argument parser's hides.
private func leave(_ status: Int32) -> Never {
    exit(status)
}
