import ArgumentParser

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List, compare, tag and remove runs.",
        discussion: """
            vae runs                                         what lies in ./runs
            vae runs list --sort val_loss --filter latent=8  the best of some
            vae runs diff runs/a runs/b                      settings, data and metrics that differ
            vae runs tag runs/a +best -old                   words of your own
            vae runs rm runs/b                               what the run wrote, and nothing else
            """,
        subcommands: [
            RunsListCommand.self, RunsShowCommand.self, RunsDiffCommand.self, RunsRemoveCommand.self,
            RunsTagCommand.self,
        ], defaultSubcommand: RunsListCommand.self)
}
