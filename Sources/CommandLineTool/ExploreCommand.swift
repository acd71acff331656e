import ArgumentParser
import VAE

struct ExploreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Write the explorer of a run as one HTML file.",
        discussion: """
            vae explore runs/tutorial-seed0 --export page.html
            """)

    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @Option(help: "Which weights: 'last', 'best' by val_loss, 'previous', or 'epoch-0003'.")
    var checkpoint: RunFolder.Point = .last

    @Option(
        help: ArgumentHelp("The page, which needs no server and no network.", valueName: "file"), completion: .file())
    var export: String

    func run() async throws {
        try await PageExport.write(run: path, checkpoint: checkpoint, to: export)
    }
}
