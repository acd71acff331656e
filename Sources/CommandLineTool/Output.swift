import VAE

/// Where a command writes what it makes: asked before the work.
enum Output {
    /// Why a path cannot be written to, since a run consists of the file there; nil where it can.
    /// - Parameter option: As the user gave it: `--out`.
    static func refusal(of path: String, option: String = "--out") -> String? {
        RunPart.part(at: path).map { run, part in
            "\(option): expected a file that is no part of a run, found \(printable(part)) of \(printable(run))"
        }
    }
}
