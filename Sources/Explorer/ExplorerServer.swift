import Exploration
import ExplorerPage
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Serves the API of some runs, and the explorer's page if it is given one.
package struct ExplorerServer: Sendable {
    private let settings: ServerSettings
    private let logger: Logger
    private let metrics: ServerMetrics
    private let explorer: RunExplorer
    private let prepare: @Sendable () async -> Void
    let routes: [Route]
    private let hub: EventHub
    private let progress: AsyncStream<[UInt8]>?

    /// - Parameters:
    ///   - page: Nil for the API alone.
    ///   - progress: How the training of the first run stands, as JSON objects, until it is over.
    ///   - open: Makes what is asked, with these hooks.
    /// - Throws: `ServerSettingsError`, and what `open` throws.
    package init(
        _ settings: ServerSettings, logger: Logger, page: (@Sendable () throws -> ExplorerPage)?,
        progress: AsyncStream<[UInt8]>? = nil, open: (ServingHooks) throws -> RunExplorer
    ) throws {
        try settings.validate()
        self.settings = settings
        self.logger = logger
        self.progress = progress
        let metrics = ServerMetrics()
        self.metrics = metrics
        var hooks = ServingHooks()
        hooks.onBatch = { metrics.recordBatch(of: $0) }
        if EventLoopExecutor.isWorthwhile { hooks.isAlone = { metrics.questions <= 1 } }
        let hub = EventHub(origin: String(UInt64.random(in: 0..<1 << 40), radix: 36))
        self.hub = hub
        hooks.onPrepared = { hub.publish("run", $0.json) }
        explorer = try open(hooks)
        let api = APIRoutes(explorer: explorer, hub: hub, metrics: metrics, limits: settings.limits)
        routes = api.all + (page.map { PageRoutes(page: $0).all } ?? [])
        let hasPage = page != nil
        prepare = { [explorer] in if hasPage { await api.prepare() } else { await explorer.prepareIfAlone() } }
    }

    /// Serves until the process is told to stop (SIGTERM, SIGINT) or the task is cancelled.
    /// - Parameter onStart: Told the port once connections are taken.
    /// - Throws: `ServerSettingsError` where somebody else listens on the port.
    package func run(signals: [UnixSignal] = [.sigterm, .sigint], onStart: @escaping @Sendable (Int) -> Void)
        async throws
    {
        let (limits, metrics) = (settings.limits, metrics)
        let (group, executor) = EventLoopExecutor.group()
        let application = Application(
            responder: Gate(settings, metrics, routes),
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [ConnectionGuard(limits, metrics)],
                    httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                        maxHeaderFieldSize: limits.headerField, maxHeaderListSize: limits.headers,
                        maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), backlog: 1024),
            services: [
                EventService(
                    explorer: explorer, hub: hub, heartbeat: limits.heartbeat, prepare: prepare, progress: progress)
            ],
            onServerRunning: { channel in
                try? await channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(), position: .first)
                }.get()
                onStart(channel.localAddress?.port ?? 0)
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: signals, logger: logger)
        configuration.maximumGracefulShutdownDuration = limits.shutdown
        let count = try await explorer.runs().runs.count
        logger.info("serving", metadata: ["runs": "\(count)"])
        let service = ServiceGroup(configuration: configuration)
        do {
            try await withTaskExecutorPreference(executor) { try await service.run() }
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ServerSettingsError.portTaken(host: settings.host, port: settings.port)
        }
        logger.info("stopped")
    }

    /// The first port from `port` on that nobody listens on.
    /// - Parameter tries: How many to look at; 1 takes that port or none.
    /// - Throws: `ServerSettingsError`.
    package static func freePort(_ port: Int, of host: String, tries: Int) async throws -> Int {
        for candidate in port..<port + tries {
            do {
                let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: host, port: candidate).get()
                try await listener.close()
                return candidate
            } catch let error as IOError where error.errnoCode == EADDRINUSE {
                continue
            } catch {
                let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
                throw ServerSettingsError.cannotListen(host: host, port: candidate, reason: reason)
            }
        }
        throw ServerSettingsError.portTaken(host: host, port: port)
    }
}
