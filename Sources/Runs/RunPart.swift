import Formats

/// What a run's folder holds, by the names that a run itself writes.
///
/// The one place that decides what may be replaced or removed there: whatever else lies in the folder is its owner's.
package enum RunPart {
    static let configuration = "config.json"
    static let metrics = "metrics.jsonl"
    static let report = "report.html"
    /// What its owner calls it; hidden, so that no file of theirs has the name.
    static let tags = ".vae-tags.json"
    package static let checkpoints = "checkpoints"
    static let figures = "figures"
    static let faults = "nan"
    /// A last checkpoint whose bytes were found damaged when the run went on from an older one.
    package static let damaged = "\(checkpoints)/last.damaged.safetensors"

    static let folders = [checkpoints, figures, faults]

    /// The figures of a report.
    enum Picture: String, CaseIterable {
        case losses, samples, reconstructions, scatter, comparison, grid
    }

    /// The images of a step whose numbers were not finite.
    static func fault(step: Int) -> String { "\(faults)/step-\(step).npz" }

    /// Whether a run writes a file of this name.
    /// - Parameter part: Within the run's folder: `figures/grid.png`.
    static func isOurs(_ part: String) -> Bool {
        if [configuration, metrics, report, tags, damaged].contains(part) { return true }
        let words = part.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 2 else { return false }
        switch words[0] {
        case checkpoints: return RunFolder.Point(fileName: words[1]) != nil
        case figures:
            return Picture.allCases.contains { words[1] == "\($0.rawValue).svg" || words[1] == "\($0.rawValue).png" }
        case faults:
            let step = words[1].split(separator: "-").last?.split(separator: ".").first.flatMap { Int($0) }
            return step.map { part == fault(step: $0) } ?? false
        default: return false
        }
    }

    /// The parts that a folder holds; none where there is no such folder.
    ///
    /// A link in the place of one of a run's own folders is followed: it may lead to another disk.
    /// - Throws: `FileError`.
    static func parts(in folder: String) throws(FileError) -> [String] {
        guard try FileKind(of: folder) == .folder else { return [] }
        var parts = try FileTree.names(in: folder).filter(isOurs)
        for name in folders where try FileTree.isFolder("\(folder)/\(name)") {
            parts += try FileTree.names(in: "\(folder)/\(name)").map { "\(name)/\($0)" }.filter(isOurs)
        }
        return parts
    }
}
