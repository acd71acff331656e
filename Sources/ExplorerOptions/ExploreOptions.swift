import ArgumentParser

/// What `explore` takes.
package struct ExploreOptions: ParsableArguments {
    @OptionGroup
    package var server: ServerOptions

    @Flag(help: "Open no browser.")
    package var noOpen = false

    @Option(help: ArgumentHelp("End when the process that started this one does.", visibility: .hidden))
    package var endsWith: Int32?

    @Flag(help: ArgumentHelp("Read how a training stands from standard input.", visibility: .hidden))
    package var progress = false

    @Option(help: ArgumentHelp("Serve the page's files from a folder.", visibility: .hidden), completion: .directory)
    package var pageFolder: String?

    package init() {}
}
