import Formats

/// What has become of a run.
package enum RunState: String, Sendable {
    /// All its epochs are done.
    case finished
    /// A process is writing it.
    case training
    /// Nobody writes it, and epochs are left.
    case interrupted
    /// A folder that is no run, or one that is damaged.
    case unreadable
}

extension RunFolder {
    /// What has become of the run, by its lock, which is left as it is.
    /// - Parameter epochs: Those that its metrics tell of.
    /// - Throws: `FileError` where the system refuses to tell.
    package func state(after epochs: Int) throws(FileError) -> RunState {
        if epochs >= configuration.training.epochs { return .finished }
        return try FolderLock.isHeld(path) ? .training : .interrupted
    }
}
