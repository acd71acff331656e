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

            Exit status: 0 done, 1 failed, 64 wrong usage, 65 bad data, 66 a named input does not exist, 74 input or \
            output failed, 75 interrupted and can go on; 128 and its number for a signal that left at once.
            """,
        version: RunConfiguration.programVersion,
        subcommands: [
            TrainCommand.self, SummaryCommand.self, EvaluateCommand.self, ReconstructCommand.self, EmbedCommand.self,
            GridCommand.self, SampleCommand.self, InterpolateCommand.self, ReportCommand.self, VerifyCommand.self,
            ExploreCommand.self, BenchCommand.self, DoctorCommand.self,
        ])

    static func main() async {
        // A reader that goes away must not kill a training.
        signal(SIGPIPE, SIG_IGN)
        Console.openClosed()
        do {
            var command = try parseAsRoot()
            _ = try InstructionSet.selected()
            if var command = command as? any AsyncParsableCommand {
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

/// The system's `exit`, which the argument parser's hides.
private func leave(_ status: Int32) -> Never {
    exit(status)
}
