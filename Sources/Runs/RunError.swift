import Formats
import Training

/// A run folder that cannot be opened, made or gone on with.
public enum RunError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such folder.
    case missing(path: String)
    /// A link, where a run is wanted, that leads nowhere or in a circle.
    case leadsNowhere(path: String)
    /// A folder whose name is not UTF-8, of which the path shows what can be shown.
    case notUTF8(path: String)
    /// A folder without a run in it.
    case notARun(path: String)
    /// A new run would take the place of another.
    case exists(path: String)
    /// A new run would lie among files that are no run's.
    case occupied(path: String, by: String)
    /// Another process is writing the run.
    case locked(path: String)
    /// A run should go on with other settings than it began with.
    case settingsDiffer(path: String, [SettingDifference])
    /// A run should go on with other images than it began with.
    case imagesDiffer(path: String, [SettingDifference])
    /// A run whose parts are damaged or do not fit each other.
    case unsound(path: String, faults: Int)
    /// A training could not write its run, and ended.
    case notSaved(path: String, FileError, kept: String?)
    /// A training that was to take another run's place could not write its first checkpoint, and ended.
    case notReplaced(path: String, FileError)
    /// A training that was to take another run's place met a number that is not finite before its first checkpoint.
    case notTrained(path: String, NumericFault)
    /// The folder of a training is another by now, which another process may be writing.
    case taken(path: String)
    /// A run would have more tags than it may.
    case tooManyTags(path: String, most: Int)
    /// Checkpoints do not fit on the disk, or are larger than a file of this process may be.
    case noRoom(path: String, needs: Int, free: Int, limit: String)

    /// Whether a folder that was named does not exist.
    public var isMissing: Bool {
        switch self {
        case .missing, .leadsNowhere, .notUTF8: true
        default: false
        }
    }

    /// One line for the user.
    public var description: String {
        switch self {
        case .missing(let path): "\(printable(path)): no such run"
        case .leadsNowhere(let path): "\(printable(path)): expected a run folder, found a link that leads nowhere"
        case .notUTF8(let path): "\(printable(path)): expected a name in UTF-8, found other bytes in it"
        case .notARun(let path): "\(printable(path)): expected a run folder, found no config.json in it"
        case .exists(let path):
            "\(printable(path)): a run is already here; --overwrite replaces it, --resume last goes on with it, "
                + "another --out keeps both"
        case .occupied(let path, let name):
            "\(printable(path)): expected a new or empty folder or a run, found \(printable(name))"
        case .locked(let path): "\(printable(path)): another process is writing this run"
        case .settingsDiffer(let path, let differences):
            "\(printable(path)): a run goes on with its own settings:\n\(Self.lines(differences))\n"
                + "Leave these options out, or begin another run with another --out."
        case .imagesDiffer(let path, let differences):
            "\(printable(path)): cannot go on with other images:\n\(Self.lines(differences))"
        case .unsound(let path, let faults): "\(printable(path)): \(counted(faults, "fault")) found"
        case .notSaved(let path, let error, let kept):
            "\(error)\n" + Self.advice(path, error, kept)
        case .notReplaced(let path, let error):
            "\(error)\nThe run that was to be replaced is as it was. \(error.remedy ?? "Mend the cause"), then train "
                + "again; or go on with that run: vae train --resume last --out \(path)"
        case .notTrained(let path, let fault):
            "\(fault); stopped before its first checkpoint. \(printable(path)), the run that was to be replaced, is as it "
                + "was. A smaller learning rate or β, or a larger variance, may help."
        case .taken(let path):
            "\(path): expected the folder that this training began in, found another in its place (its \(FolderLock.name) "
                + "is not the file that is locked); nothing more is written"
        case .tooManyTags(let path, let most):
            "\(printable(path)): expected at most \(most) tags, found more"
        case .noRoom(let path, let needs, let free, let limit):
            "\(path): expected room for checkpoints of \(grouped(needs)) bytes, found \(grouped(free)) \(limit)"
        }
    }

    private static func lines(_ differences: [SettingDifference]) -> String {
        differences.map { "  \($0)" }.joined(separator: "\n")
    }

    private static func advice(_ path: String, _ error: FileError, _ kept: String?) -> String {
        if error.isMissing { return "The run's folder, or a part of it, has gone: begin the run anew." }
        let saved = kept.map { "Saved is what the run was after \($0)." } ?? "Nothing of the training was saved yet."
        return "\(saved) \(error.remedy ?? "Mend the cause"), then go on with: vae train --resume last --out "
            + shellWord(path)
    }
}

/// A setting that is not as it was.
public struct SettingDifference: Hashable, Sendable, CustomStringConvertible {
    /// As a file or option names it: `learning_rate`.
    public let setting: String
    /// Its value in the run.
    public let run: String
    /// Its value now.
    public let now: String

    /// One line: `learning_rate: 0.001 in the run, 0.01 now`.
    public var description: String { "\(setting): \(run) in the run, \(now) now" }
}
