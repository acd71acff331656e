import ArgumentParser
import ExplorerOptions
import VAE

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Put models behind an HTTP API, without the page.",
        discussion: """
            vae serve runs/demo --port 9000
            openssl rand -hex 16 > token && chmod 600 token
            vae serve runs/demo --host 0.0.0.0 --token-file token

            GET /api/openapi.json describes it; /healthz says whether it is there, /metrics what it does (Prometheus). \
            The log is a line of JSON a message, on stderr. SIGTERM and SIGINT finish the requests under way.

            Runs vae-explore, a program of its own with the network code, which `make explore` builds.
            """)

    @OptionGroup
    var options: ServeOptions

    func run() throws {
        try ExplorerProgram().replaceThis(with: ProgramStart.arguments())
    }
}
