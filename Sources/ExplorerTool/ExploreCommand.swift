import ArgumentParser
import ExplorerOptions
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
    var options: ExploreOptions

    func run() async throws {
        if let process = options.endsWith { Parent.follow(process) }
        let page: @Sendable () throws -> ExplorerPage
        if let folder = options.pageFolder {
            page = { try ExplorerPage(folder: folder) }
            _ = try page()
        } else {
            page = { ExplorerPage.embedded }
        }
        let opens = !options.noOpen
        let lines = options.progress ? ProgressLines.read(STDIN_FILENO) : nil
        try await options.server.serve(page: page, logLevel: .error, triesOtherPorts: true, progress: lines) { url in
            if opens { Browser.open(url) }
        }
    }
}

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Put models behind an HTTP API, without the page.")

    @OptionGroup
    var options: ServeOptions

    func run() async throws {
        let level = Logger.Level(rawValue: options.logLevel.rawValue) ?? .info
        try await options.server.serve(page: nil, logLevel: level, triesOtherPorts: false) { _ in }
    }
}
