import Formats

/// Where runs lie.
package enum RunPlaces {
    /// Every folder that is a run, or that stands where runs do, each once.
    ///
    /// A path that is a run stands for itself; of any other, all that is in it but files and hidden names, by name.
    /// What cannot be opened is among them, links that lead nowhere too: `RunFolder(opening:)` says what it is.
    /// - Parameter paths: Runs, and folders of runs.
    package static func all(in paths: [String]) -> [String] {
        var places: [String] = []
        for path in paths {
            if looksLikeRun(path) {
                places.append(path)
            } else if let names = try? FileTree.names(in: path) {
                places += names.filter { !$0.hasPrefix(".") }.map { "\(path)/\($0)" }.filter(mayBeRun)
            } else {
                // Shown as what cannot be read, not as a folder without runs.
                places.append(path)
            }
        }
        var seen: Set<String> = []
        return places.filter { seen.insert($0).inserted }
    }

    /// Also where a killed process left no `config.json`: its other folders are no runs.
    package static func looksLikeRun(_ path: String) -> Bool {
        [RunFolder.configurationPath(path), "\(path)/\(RunPart.checkpoints)", "\(path)/\(FolderLock.name)"]
            .contains { (try? FileTree.exists($0)) ?? true }
    }

    /// A folder, a link that leads nowhere, a name that is not UTF-8, and what the system does not let be looked at.
    private static func mayBeRun(_ path: String) -> Bool {
        do {
            switch try FileKind(of: path, followsLinks: true) {
            case .folder: return true
            case .file, .link, .other: return false
            case nil: return try FileKind(of: path) == .link || isRepaired(path)
            }
        } catch {
            return true
        }
    }

    /// Whether a name that a folder listed had other bytes than UTF-8, which reading has replaced.
    static func isRepaired(_ path: String) -> Bool { path.unicodeScalars.contains("\u{FFFD}") }
}
