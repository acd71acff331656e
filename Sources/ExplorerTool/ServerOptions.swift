import ArgumentParser
import Datasets
import Exploration
import Explorer
import ExplorerPage
import Formats
import Logging
import MNISTData

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The runs, the address, and who may ask.
struct ServerOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Runs, or folders of runs.", valueName: "run"), completion: .directory)
    var runs: [String]

    @Option(help: "The address to listen on; others than this machine's own need --token.")
    var host = "127.0.0.1"

    @Option(parsing: .unconditional, help: "The port; 0 takes a free one. 8080 if left out.")
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "What clients must show: 'Authorization: Bearer TOKEN', or ?token=TOKEN once in a browser. Other users of "
                + "this machine see a command's words: --token-file or the variable VAE_TOKEN keep it from them."))
    var token: String?

    @Option(help: ArgumentHelp("A file that holds the token.", valueName: "file"), completion: .file())
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "A folder with MNIST's four IDX files; each run's own images if left out.", valueName: "dir"),
        completion: .directory)
    var data: String?

    @Flag(help: "Tell the address as one JSON object.")
    var json = false

    func validate() throws {
        if token != nil, tokenFile != nil { throw ValidationError("--token and --token-file exclude each other.") }
        guard (0...65535).contains(port ?? 0) else {
            throw ValidationError("--port: expected 0 to 65535, found \(port ?? 0).")
        }
    }

    /// Makes the server and runs it until it is told to stop.
    func serve(
        page: (@Sendable () throws -> ExplorerPage)?, logLevel: Logger.Level, triesOtherPorts: Bool,
        progress: AsyncStream<[UInt8]>? = nil, onStart: @escaping @Sendable (_ url: String) -> Void
    ) async throws {
        var settings = ServerSettings()
        settings.host = host
        settings.token = try TokenSource.token(option: token, file: tokenFile)
        try settings.validate()
        settings.limits = settings.limits.fitting(descriptors: DescriptorLimit.raise())
        var first = port ?? settings.port
        let end = first + (port == nil && triesOtherPorts ? 20 : 1)
        while true {
            settings.port = try await ExplorerServer.freePort(first, of: host, tries: end - first)
            do {
                return try await serve(
                    settings, page: page, logLevel: logLevel, progress: progress, onStart: onStart)
            } catch ServerSettingsError.portTaken where settings.port + 1 < end {
                // By another that looked at the same time.
                first = settings.port + 1
            }
        }
    }

    private func serve(
        _ settings: ServerSettings, page: (@Sendable () throws -> ExplorerPage)?, logLevel: Logger.Level,
        progress: AsyncStream<[UInt8]>?, onStart: @escaping @Sendable (_ url: String) -> Void
    ) async throws {
        let logger = Logger(label: "vae-explore") { _ in JSONLineLogHandler(logLevel) }
        let (runs, data) = (runs, data)
        let server = try ExplorerServer(settings, logger: logger, page: page, progress: progress) { hooks in
            var explorer = RunExplorer.Settings()
            explorer.hooks = hooks
            explorer.imageFolder = data
            explorer.looksAhead = page != nil
            return try RunExplorer(runs, settings: explorer) { selection, split in
                try (data ?? selection.folder).map { try ImageDataset.idxOutline(folder: $0, split: split) }
                    ?? ImageDataset.embeddedMNISTOutline(split)
            } images: { selection, split in
                try (data ?? selection.folder).map { try ImageDataset.idx(folder: $0, split: split) }
                    ?? ImageDataset.embeddedMNIST(split)
            }
        }
        // A token that came out of sight stays there.
        let (json, host, shownToken) = (json, host, token)
        try await server.run { port in
            let name = host.contains(":") ? "[\(host)]" : host
            let url = "http://\(name):\(port)/" + (shownToken.map { "?token=\($0)" } ?? "")
            let object: JSONValue = ["url": .string(url), "port": .integer(port)]
            print(json ? String(decoding: object.serialized(), as: UTF8.self) : url)
            // A reader behind a pipe waits for it.
            fflush(nil)
            if settings.token != nil, shownToken == nil { say("a browser shows the token once, as \(url)?token=…") }
            onStart(url)
        }
    }
}
