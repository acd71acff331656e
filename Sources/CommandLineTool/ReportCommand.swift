import ArgumentParser
import VAE

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Make a run's figures and report.html anew.",
        discussion: """
            vae report runs/tutorial-seed0
            vae report runs/tutorial-seed0 --compare runs/tutorial-autoencoder-seed0
            """)

    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @Option(
        help: ArgumentHelp("A plain autoencoder's run, whose codes are shown beside the run's own.", valueName: "run"),
        completion: .directory)
    var compare: String?

    @Option(
        help: ArgumentHelp(
            "A folder with IDX files as MNIST's; the run's own images if left out.", valueName: "dir"),
        completion: .directory)
    var data: String?

    @OptionGroup
    var threads: ThreadOptions

    func run() throws {
        let run = try RunFolder(opening: path)
        let other = try compare.map { try RunFolder(opening: $0) }
        if let other, other.configuration.training.architecture.isVariational {
            throw UsageError("\(printable(other.path)): --compare wants a plain autoencoder's run")
        }
        try run.requireMemory(threads: threads.threads, images: 0)
        let report = try RunReport(
            run, training: try run.images(.training, from: data).images, judged: try run.judgedImages(from: data),
            comparison: other, threads: threads.threads)
        run.warn(of: report.model)
        try report.write()
        try Console.path(run.reportPath)
    }
}
