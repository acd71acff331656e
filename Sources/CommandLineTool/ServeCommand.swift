import ArgumentParser

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Put models behind an HTTP API, without the page.",
        discussion: """
            vae serve runs/demo --port 9000
            openssl rand -hex 16 > token && chmod 600 token
            vae serve runs/demo --host 0.0.0.0 --token-file token

            Runs vae-explore, a program of its own with the network code: `vae serve --help-server` shows its options.
            """)

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Runs, or folders of runs, and the server's options."))
    var arguments: [String] = []

    @Flag(help: "Show the options of the server.")
    var helpServer = false

    func run() throws {
        try ExplorerProgram().replaceThis(with: ["serve"] + (helpServer ? ["--help"] : arguments))
    }
}
