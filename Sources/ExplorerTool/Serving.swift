import Datasets
import Exploration
import Explorer
import ExplorerOptions
import ExplorerPage
import Formats
import Logging
import MNISTData
import Runs
import Settings
import Tensors

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension ServerOptions {
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
        let source: @Sendable (DataSelection) throws -> any ImageSource = { selection in
            try selection.source(at: data, embedded: EmbeddedMNIST(), threads: ThreadPool.availableCores)
        }
        let server = try ExplorerServer(settings, logger: logger, page: page, progress: progress) { hooks in
            var explorer = RunExplorer.Settings()
            explorer.hooks = hooks
            explorer.imageFolder = data
            explorer.looksAhead = true
            return try RunExplorer(runs, settings: explorer) { selection, split in
                try source(selection).outline(split)
            } images: { selection, split in
                try source(selection).load(split, limit: nil) { _ in }
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
