import Formats
import Logging
import Settings

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A line of JSON on stderr for each message.
package struct JSONLineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]

    package init(_ logLevel: Logger.Level) {
        self.logLevel = logLevel
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var members: [JSONValue.Member] = [
            .init("time", .string(Date.now.formatted(.iso8601))),
            .init("level", .string(event.level.rawValue)),
            .init("message", .string("\(event.message)")),
        ]
        let details = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in details.sorted(by: { $0.key < $1.key }) {
            members.append(.init(key, .string(printable("\(value)"))))
        }
        let line = JSONValue.object(members).serialized() + [UInt8(ascii: "\n")]
        // One call, so that lines of several threads do not mix; nothing depends on whether someone reads it.
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
