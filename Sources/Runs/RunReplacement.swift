import Formats

/// How a new run takes the place of an old one in the same folder, without a moment in which neither is whole.
///
/// 1. The new run begins in `.new-run`, beside the old one, which stays as it is.
/// 2. With its first checkpoint that folder is renamed to `.whole-run`: from here on the new run counts, and readers
///    find it there (`RunFolder`).
/// 3. The old run's parts go, and the new one's get a second name in their place.
/// 4. `.whole-run` goes.
///
/// Whoever holds the lock next ends what a kill cut off: each step can be taken again.
package enum RunReplacement {
    private static let begun = ".new-run"
    private static let whole = ".whole-run"

    /// Where a run begins that shall take the place of the one in `folder`.
    static func beginning(in folder: String) -> String { "\(folder)/\(begun)" }

    /// Where the parts of the run in `folder` lie: there, but for the moments between steps 2 and 4.
    /// - Throws: `FileError`.
    static func place(of folder: String) throws(FileError) -> String {
        try FileKind(of: "\(folder)/\(whole)/\(RunPart.configuration)") == nil ? folder : "\(folder)/\(whole)"
    }

    /// Whether a training that was to take the run's place was cut off before its first checkpoint.
    package static func isLeft(in folder: String) throws(FileError) -> Bool {
        try FileKind(of: beginning(in: folder)) != nil
    }

    /// Step 2; then the new run is what stands in the folder, whatever comes.
    static func decide(_ folder: String, _ system: FileOperations) throws(FileError) {
        let code = system.rename(beginning(in: folder), "\(folder)/\(whole)")
        guard code >= 0 else {
            throw FileError(path: "\(folder)/\(whole)", operation: .rename, code: Int32(-code))
        }
    }

    /// Steps 3 and 4, where step 2 has been taken; otherwise what step 1 left goes.
    ///
    /// Only for the holder of the lock.
    /// - Returns: Whether a new run was dropped that had not come to its first checkpoint.
    @discardableResult
    static func settle(_ folder: String, _ system: FileOperations) throws -> Bool {
        let next = "\(folder)/\(whole)"
        guard try FileKind(of: next) != nil else { return try drop(folder, system) }
        try AtomicFile.synchronizeFolder(of: next, using: system)
        let parts = try RunPart.parts(in: next)
        for part in try RunPart.parts(in: folder) where !parts.contains(part) {
            try FileTree.removeFile("\(folder)/\(part)", system)
        }
        for name in try FileTree.names(in: next) where try FileKind(of: "\(next)/\(name)") == .folder {
            try FileTree.makeFolder("\(folder)/\(name)", system)
        }
        for part in parts { try AtomicFile.duplicate("\(next)/\(part)", as: "\(folder)/\(part)", using: system) }
        for part in parts { try AtomicFile.synchronizeFolder(of: "\(folder)/\(part)", using: system) }
        // Under the other name: half a folder must not be taken for a whole run.
        try drop(folder, system)
        let code = system.rename(next, beginning(in: folder))
        guard code >= 0 else { throw FileError(path: next, operation: .rename, code: Int32(-code)) }
        try drop(folder, system)
        return false
    }

    /// Removes the folder in which a run began.
    @discardableResult
    static func drop(_ folder: String, _ system: FileOperations) throws(FileError) -> Bool {
        guard try isLeft(in: folder) else { return false }
        try FileTree.remove(beginning(in: folder), system)
        return true
    }
}
