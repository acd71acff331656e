import Hummingbird
import NIOCore
import NIOHTTP1
import Synchronization

/// What is computed for one connection, given up when its client leaves: nobody waits for the answer any more.
///
/// Hummingbird sees that a client has left only when it writes the answer. A client that closes its sending side alone
/// cannot be told from one that has left, so that it is answered 499 where its question takes long.
final class ClientWork: Sendable {
    private struct State {
        var hasLeft = false
        var malformed: HTTPParserError?
        var cancel: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// - Throws: What the work throws; `ClientHasLeft`; the error of a body that is none.
    func run<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        if let malformed = state.withLock(\.malformed) { throw malformed }
        let task = Task(executorPreference: globalConcurrentExecutor, operation: work)
        let hasLeft = state.withLock { state in
            state.cancel = { task.cancel() }
            return state.hasLeft
        }
        if hasLeft { task.cancel() }
        defer { state.withLock { $0.cancel = nil } }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch is CancellationError where state.withLock({ $0.hasLeft }) {
            throw ClientHasLeft()
        }
    }

    /// The request under way has a body that cannot be read to its end.
    func bodyIsMalformed(_ error: HTTPParserError) {
        state.withLock { $0.malformed = error }
    }

    func clientHasLeft() {
        let cancel = state.withLock { state in
            state.hasLeft = true
            return state.cancel
        }
        cancel?()
    }
}

struct ClientHasLeft: Error {}

/// A request's context that knows its connection.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// False once the client has left, or the server has dropped it.
    var isConnected: Bool { channel.isActive }

    /// The work of the request's connection.
    var work: ClientWork {
        get async throws {
            let channel = channel
            return try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.handler(type: ConnectionGuard.self).work
            }.get()
        }
    }
}
