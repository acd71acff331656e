import ArgumentParser
import Formats
import Runs
import VAE

struct RunsTagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Give a run words of your own, or take them away; print those that it has.",
        discussion: """
            vae runs tag runs/a +best +paper -old
            vae runs tag runs/a
            vae runs list --filter tags=best

            They stand in a small file of the run's folder, and change nothing of the run.
            """)

    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("+WORD adds a tag, -WORD removes it.", valueName: "+word|-word"))
    var changes: [String] = []

    func validate() throws {
        for change in changes {
            guard ["+", "-"].contains(change.prefix(1)), RunTags.isTag(String(change.dropFirst())) else {
                throw ValidationError(
                    "expected +WORD or -WORD, a word \(RunTags.words), found '\(printable(change))'.")
            }
        }
    }

    func run() throws {
        func words(_ sign: String) -> [String] {
            changes.filter { $0.hasPrefix(sign) }.map { String($0.dropFirst()) }
        }
        let run = try RunFolder(opening: path)
        let tags =
            changes.isEmpty
            ? try RunTags(of: run)
            : try RunTags.change(of: run, adding: words("+"), removing: words("-"))
        try tags.tags.forEach(Console.data)
    }
}
