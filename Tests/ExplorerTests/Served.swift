import Datasets
import Exploration
import ExplorerPage
import Logging
import Models
import Runs
import TestSupport
import Testing
import Training

@testable import Explorer

/// A small run, served on a free port as long as `body` runs.
struct Served: Sendable {
    let port: Int
    let server: ExplorerServer

    static func run(
        _ settings: ServerSettings = ServerSettings(), named name: String = "small",
        body: @escaping @Sendable (Served) async throws -> Void
    ) async throws {
        let scratch = Scratch()
        let images = try await train("\(scratch.path)/\(name)")
        var settings = settings
        settings.port = 0
        let server = try ExplorerServer(settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
            try ExplorerPage(files: [
                PageFile(name: "index.html", bytes: Array("<script type=\"importmap\">{}</script>".utf8)),
                PageFile(name: "main.js", bytes: Array("0".utf8)),
            ])
        } open: { hooks in
            var explorer = RunExplorer.Settings()
            explorer.hooks = hooks
            return try RunExplorer([scratch.path], settings: explorer) { _, _ in images }
        }
        let (ports, report) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run(signals: []) { report.yield($0) } }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            do { try await body(Served(port: port, server: server)) } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            try? await group.waitForAll()
        }
        _ = scratch
    }

    /// A run of a few images, which says that it took all of MNIST.
    @discardableResult static func train(_ path: String) async throws -> ImageDataset {
        let images = ImageDataset.noise(40, [28, 28, 1])
        var training = TrainingConfiguration.tutorial
        training.epochs = 1
        training.batchSize = 20
        let record = RunConfiguration(
            training: training, data: DataSelection(), trainingImages: images, validationImages: images)
        let recorder = try RunRecorder.create(path, record, overwrite: false)
        _ = try await Trainer(training, threads: 1).fit(
            images, validation: images, from: nil, recorder: recorder, safekeeping: Safekeeping())
        return images
    }

    func client() async throws -> Client {
        let port = port
        return try await onThread { try Client(port: port) }
    }

    /// One request on a connection of its own.
    func ask(
        _ method: String = "GET", _ target: String, _ headers: [String] = [], body: String? = nil, host: String? = nil
    ) async throws -> Answered {
        try await ask(method, target, headers, bytes: body.map { Array($0.utf8) }, host: host)
    }

    func ask(
        _ method: String, _ target: String, _ headers: [String] = [], bytes: [UInt8]?, host: String? = nil
    ) async throws -> Answered {
        let client = try await client()
        let lines =
            ["\(method) \(target) HTTP/1.1", "Host: \(host ?? "localhost:\(port)")"] + headers
            + (bytes.map { ["Content-Length: \($0.count)"] } ?? [])
        return try await onThread {
            client.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (bytes ?? []))
            return client.answer()
        }
    }
}
