import ArgumentParser
import VAE

struct ExploreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Open runs in the browser, or write one of them as a page to give away.",
        discussion: """
            vae explore runs                            all runs of a folder
            vae explore runs/demo --port 9000 --no-open
            vae explore runs/demo --export page.html    one file, which needs no server and no network

            Without --export it runs vae-explore, a program of its own with the network code: `vae explore \
            --help-server` shows that program's options.
            """)

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Runs, or folders of runs, and the server's options."))
    var arguments: [String] = []

    @Option(
        help: ArgumentHelp("Write the explorer of one run as one HTML file.", valueName: "file"), completion: .file())
    var export: String?

    @Option(
        help: "Which weights --export takes: 'last', 'best' by val_loss, 'previous', or 'epoch-0003'.",
        transform: Number.parsed("'last', 'best', 'previous' or an epoch as in 'epoch-0003'"))
    var checkpoint: RunFolder.Point = .last

    @Flag(help: "Show the options of the server.")
    var helpServer = false

    func run() async throws {
        guard let export else {
            try ExplorerProgram().replaceThis(with: ["explore"] + (helpServer ? ["--help"] : arguments))
        }
        guard arguments.count == 1, let run = arguments.first, !run.hasPrefix("-") else {
            throw UsageError("--export: expected one run, found \(printable(arguments.joined(separator: " ")))")
        }
        try await PageExport.write(run: run, checkpoint: checkpoint, to: export)
    }
}
