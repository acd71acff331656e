import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Holds one connection to its deadlines and caps.
///
/// Hummingbird's own idle time-out starts anew with every byte, so that a trickled body would keep a connection for
/// ever; these deadlines are absolute. Lives on the connection's event loop.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// What is computed for this connection.
    let work = ClientWork()
    private let limits: ServerLimits
    private let metrics: ServerMetrics
    private var isCounted = false
    /// What comes in is thrown away: the last answer is on its way.
    private var isClosing = false
    private var isReadingBody = false
    /// What those bytes are told that follow the last whole request, once it is answered.
    private var refusal: APIError?
    private var unanswered = 0
    /// Of those, what somebody waits for: event streams are left out.
    private var questions = 0 {
        didSet { metrics.countQuestions(questions - oldValue) }
    }
    private var answerIsStream = false
    private var answerCloses = false
    /// Until when the client must have sent what it owes; nil while it is the server's turn.
    private var readDeadline: NIODeadline?
    /// Until when the client must have taken what lies in the buffer.
    private var writeDeadline: NIODeadline?
    private var watch: RepeatedTask?

    init(_ limits: ServerLimits, _ metrics: ServerMetrics) {
        self.limits = limits
        self.metrics = metrics
    }

    // MARK: Opening and closing

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            let pipeline = context.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(RequestLine(), position: .before(codec))
        } catch {
            // Without it the connection would take what it should not.
            return context.close(promise: nil)
        }
        if context.channel.isActive { open(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        open(context)
        context.fireChannelActive()
    }

    private func open(_ context: ChannelHandlerContext) {
        guard !isCounted else { return }
        isCounted = true
        guard metrics.opened() <= limits.connections else {
            let error = APIError(
                .serviceUnavailable, "all \(limits.connections) connections are taken", headers: [.retryAfter: "1"])
            return refuse(error, context, lingering: false)
        }
        readDeadline = .now() + limits.head
        let shortest = min(limits.head, limits.reading, limits.writing)
        let pause = TimeAmount.nanoseconds(max(shortest.nanoseconds / 4, 1_000_000))
        let bound = NIOLoopBound((guard: self, context: context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in
            let (connection, context) = bound.value
            connection.checkDeadlines(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
    }

    private func leave() {
        work.clientHasLeft()
        watch?.cancel()
        watch = nil
        questions = 0
        if isCounted {
            isCounted = false
            metrics.closed()
        }
    }

    private func checkDeadlines(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        let isLate = readDeadline.map { $0 < now } ?? false || writeDeadline.map { $0 < now } ?? false
        if isLate { context.close(promise: nil) }
    }

    // MARK: What comes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            if unanswered == 0, awaitsLeave(head) {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
            unanswered += 1
            questions += 1
            isReadingBody = true
            readDeadline = .now() + limits.reading
        case .body:
            break
        case .end:
            isReadingBody = false
            readDeadline = nil
        }
        context.fireChannelRead(data)
    }

    /// Whether the client sends its body only when it is told to, as curl does for a second, and it may.
    private func awaitsLeave(_ head: HTTPRequest) -> Bool {
        guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return false }
        return (head.headerFields[.contentLength].flatMap { Int($0) } ?? 0) <= limits.body
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let malformed = error as? HTTPParserError
        guard malformed != nil || error is HTTP1TypeConversionError else { return context.fireErrorCaught(error) }
        guard !isClosing, refusal == nil else { return }
        if isReadingBody, let malformed {
            // Who reads the body answers.
            if malformed != .invalidEOFState { work.bodyIsMalformed(malformed) }
            return context.fireErrorCaught(error)
        }
        let refusal =
            malformed == .headerOverflow
            ? APIError(
                .requestHeaderFieldsTooLarge,
                "expected at most \(limits.headers) bytes of header fields, \(limits.headerField) in one, found more")
            : APIError(.badRequest, "expected an HTTP/1.1 request, found other bytes")
        if unanswered == 0 { refuse(refusal, context) } else { self.refusal = refusal }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            work.clientHasLeft()
            // A client that closes its side of an event stream has left.
            if answerIsStream { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: What goes out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // What Hummingbird says of an error that has its answer already.
        guard !isClosing else {
            promise?.succeed()
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            answerIsStream = head.headerFields[.contentType] == EventStream.mediaType
            if answerIsStream { questions = max(0, questions - 1) }
            answerCloses = isReadingBody || head.headerFields[.connection] == "close"
            if isReadingBody {
                // The rest of a body that is not wanted would be taken for the next request.
                head.headerFields[.connection] = "close"
                context.write(wrapOutboundOut(.head(head)), promise: promise)
                return
            }
        case .body:
            break
        case .end:
            unanswered -= 1
            if !answerIsStream { questions = max(0, questions - 1) }
            if answerCloses {
                context.writeAndFlush(data, promise: promise)
                return linger(context)
            }
            if unanswered == 0, let refusal {
                context.write(data, promise: promise)
                return refuse(refusal, context)
            }
            if unanswered == 0, !isReadingBody { readDeadline = .now() + limits.head }
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeDeadline = context.channel.isWritable ? nil : .now() + limits.writing
        context.fireChannelWritabilityChanged()
    }

    /// Answers in the place of those behind, and closes.
    private func refuse(_ error: APIError, _ context: ChannelHandlerContext, lingering: Bool = true) {
        metrics.record(route: ServerMetrics.noRoute, status: error.status.code, seconds: 0)
        isClosing = true
        var head = error.response.head
        head.headerFields[.connection] = "close"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(error.body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if lingering { linger(context) } else { context.close(promise: nil) }
    }

    /// Closes the outgoing side first: a connection closed with bytes unread would be reset, and its answer lost.
    private func linger(_ context: ChannelHandlerContext) {
        isClosing = true
        readDeadline = .now() + .seconds(2)
        context.close(mode: .output, promise: nil)
    }
}
