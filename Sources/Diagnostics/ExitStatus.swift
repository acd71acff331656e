/// How a program of ours ends, after BSD's sysexits.h.
package enum ExitStatus: Int32, Sendable {
    case done = 0
    case other = 1
    case usage = 64
    case badData = 65
    case missingInput = 66
    case unavailable = 69
    case noMemory = 71
    case inputOutput = 74
    case interrupted = 75

    private var words: String {
        switch self {
        case .done: "done"
        case .other: "failed"
        case .usage: "wrong usage"
        case .badData: "bad data"
        case .missingInput: "a named input does not exist"
        case .unavailable: "the address cannot be had"
        case .noMemory: "not enough memory"
        case .inputOutput: "input or output failed"
        case .interrupted: "interrupted and can go on"
        }
    }

    /// For a program's help: those that it may end with.
    package static func help(_ statuses: [ExitStatus]) -> String {
        "Exit status: " + statuses.map { "\($0.rawValue) \($0.words)" }.joined(separator: ", ")
    }
}
