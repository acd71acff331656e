import ArgumentParser
import ExplorerPage
import Logging

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

struct ExploreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Open runs in the browser: the map of codes, the layers at work, trainings as they go on.")

    @OptionGroup
    var server: ServerOptions

    @Flag(help: "Open no browser.")
    var noOpen = false

    @Option(help: ArgumentHelp("End when the process that started this one does.", visibility: .hidden))
    var endsWith: Int32?

    @Flag(help: ArgumentHelp("Read how a training stands from standard input.", visibility: .hidden))
    var progress = false

    @Option(help: ArgumentHelp("Serve the page's files from a folder.", visibility: .hidden), completion: .directory)
    var pageFolder: String?

    func run() async throws {
        if let endsWith { Parent.follow(endsWith) }
        let page: @Sendable () throws -> ExplorerPage
        if let pageFolder {
            page = { try ExplorerPage(folder: pageFolder) }
            _ = try page()
        } else {
            page = { ExplorerPage.embedded }
        }
        let opens = !noOpen
        let lines = progress ? ProgressLines.read(STDIN_FILENO) : nil
        try await server.serve(page: page, logLevel: .error, triesOtherPorts: true, progress: lines) { url in
            if opens { Browser.open(url) }
        }
    }
}

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Put models behind an HTTP API, without the page.",
        discussion: """
            GET /api/openapi.json describes it; /healthz says whether it is there, /metrics what it does (Prometheus). \
            The log is a line of JSON a message, on stderr. SIGTERM and SIGINT finish the requests under way.
            """)

    @OptionGroup
    var server: ServerOptions

    @Option(help: "trace, debug (a line a request), info, warning or error.")
    var logLevel: Logger.Level = .info

    func run() async throws {
        try await server.serve(page: nil, logLevel: logLevel, triesOtherPorts: false) { _ in }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
