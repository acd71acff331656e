/// A run folder that cannot be opened, made or gone on with.
public enum RunError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such folder.
    case missing(path: String)
    /// A folder without a run in it.
    case notARun(path: String)
    /// A new run would take the place of another.
    case exists(path: String)
    /// A new run would lie among files that are no run's.
    case occupied(path: String, by: String)
    /// Another process is writing the run.
    case locked(path: String)
    /// What should go on is not what began.
    case differs(path: String, what: String, expected: String, found: String)

    /// Whether a folder that was named does not exist.
    public var isMissing: Bool {
        if case .missing = self { true } else { false }
    }

    /// One line for the user.
    public var description: String {
        switch self {
        case .missing(let path): "\(path): no such run"
        case .notARun(let path): "\(path): expected a run folder, found no config.json in it"
        case .exists(let path):
            "\(path): a run is already here; --overwrite replaces it, --resume last goes on with it, another --out "
                + "keeps both"
        case .occupied(let path, let name): "\(path): expected a new or empty folder or a run, found \(name)"
        case .locked(let path): "\(path): another process is writing this run"
        case .differs(let path, let what, let expected, let found):
            "\(path): cannot go on: expected \(what) \(expected), found \(found)"
        }
    }
}
