import ArgumentParser
import Formats
import Runs
import VAE

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

struct RunsRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove runs: what they wrote, and nothing else in their folders.",
        discussion: """
            vae runs rm runs/a runs/b
            vae runs list --filter 'val_loss>50' --paths | tr '\\n' '\\0' | xargs -0 vae runs rm --yes

            A run under training is refused, and then none of the others is removed either. Files that no run writes \
            stay, and with them their folder.
            """)

    @Argument(help: ArgumentHelp("The runs' folders.", valueName: "run"), completion: .directory)
    var runs: [String]

    @Flag(help: "Do not ask.")
    var yes = false

    func run() throws {
        var seen: Set<String> = []
        let removals = try runs.map { try RunRemoval(of: $0) }.filter { seen.insert($0.path).inserted }
        guard try yes || isWanted(removals) else { throw UsageError("nothing was removed") }
        for removal in removals {
            let kept = try removal.remove()
            let path = printable(removal.path)
            let words = "\(counted(removal.files.count, "file")), \(byteCount(removal.size))"
            guard let kept else {
                Console.say("removed \(path): \(words)")
                continue
            }
            let others = kept.isEmpty ? "the folder" : kept.map { printable($0) }.joined(separator: ", ")
            Console.say("removed \(path): \(words); kept \(others), which no run wrote")
        }
    }

    /// Asks whoever sits there; nobody else is guessed at.
    private func isWanted(_ removals: [RunRemoval]) throws -> Bool {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw UsageError("nobody is there to ask: --yes removes without a question")
        }
        for removal in removals {
            Console.say(
                "\(printable(removal.path)): \(counted(removal.files.count, "file")), \(byteCount(removal.size))")
        }
        Console.show("Remove \(removals.count == 1 ? "it" : "all \(removals.count)")? [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
