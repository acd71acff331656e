import ArgumentParser
import ExplorerOptions
import VAE

struct ExploreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Open runs in the browser, or write one of them as a page to give away.",
        discussion: """
            vae explore runs                            all runs of a folder
            vae explore runs/demo --port 9000 --no-open
            vae explore runs/demo --export page.html    one file, which needs no server and no network

            Without --export it runs vae-explore, a program of its own with the network code, which `make explore` \
            builds.
            """)

    @OptionGroup
    var options: ExploreOptions

    @Option(
        help: ArgumentHelp("Write the explorer of one run as one HTML file.", valueName: "file"), completion: .file())
    var export: String?

    @Option(
        help: "Which weights --export takes: 'last' if left out, 'best' by val_loss, 'previous', or 'epoch-0003'.",
        transform: Number.parsed("'last', 'best', 'previous' or an epoch as in 'epoch-0003'"))
    var checkpoint: RunFolder.Point?

    func run() async throws {
        let arguments = try ProgramStart.arguments()
        guard let export else {
            if checkpoint != nil { throw UsageError("--checkpoint: it is --export's, which is not there") }
            try ExplorerProgram().replaceThis(with: arguments)
        }
        let named = arguments.filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) }
        if let other = named.first(where: { !["--", "--export", "--checkpoint"].contains($0) }) {
            throw UsageError("--export: expected none of the server's options beside it, found \(printable(other))")
        }
        let runs = options.server.runs
        guard runs.count == 1, let run = runs.first else {
            throw UsageError("--export: expected one run, found \(printable(runs.joined(separator: " ")))")
        }
        if let refusal = Output.refusal(of: export, option: "--export") { throw UsageError(refusal) }
        try await PageExport.write(run: run, checkpoint: checkpoint ?? .last, to: export)
    }
}
