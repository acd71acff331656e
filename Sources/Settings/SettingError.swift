/// A step from a value to one inside it.
package enum ValueStep: Hashable, Sendable {
    case key(String)
    case index(Int)
}

/// A setting that is missing, unknown, or not what it may be.
public struct SettingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where it stands in the settings that were read, outermost first.
    package var path: [ValueStep]
    /// What is wrong, as a sentence without its place.
    public let reason: String

    package init(_ reason: String, at path: [ValueStep] = []) {
        self.reason = reason
        self.path = path
    }

    /// The same error, seen from one step further out.
    package func inside(_ step: ValueStep) -> SettingError {
        SettingError(reason, at: [step] + path)
    }

    /// The place as `encoder[3].conv2d.kernel`; empty for the whole.
    public var place: String {
        var text = ""
        for step in path {
            switch step {
            case .key(let key): text += text.isEmpty ? key : "." + key
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }

    /// One line for the user.
    public var description: String { path.isEmpty ? reason : place + ": " + reason }
}
