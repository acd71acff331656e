import ArgumentParser

/// The runs, the address, and who may ask.
package struct ServerOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Runs, or folders of runs.", valueName: "run"), completion: .directory)
    package var runs: [String]

    @Option(help: "The address to listen on; others than this machine's own need --token.")
    package var host = "127.0.0.1"

    @Option(parsing: .unconditional, help: "The port; 0 takes a free one. 8080 if left out.")
    package var port: Int?

    @Option(
        help: ArgumentHelp(
            "What clients must show: 'Authorization: Bearer TOKEN', or ?token=TOKEN once in a browser. Other users of "
                + "this machine see a command's words: --token-file or the variable VAE_TOKEN keep it from them."))
    package var token: String?

    @Option(help: ArgumentHelp("A file that holds the token.", valueName: "file"), completion: .file())
    package var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "A folder with MNIST's four IDX files; each run's own images if left out.", valueName: "dir"),
        completion: .directory)
    package var data: String?

    @Flag(help: "Tell the address as one JSON object.")
    package var json = false

    package init() {}

    package func validate() throws {
        if token != nil, tokenFile != nil { throw ValidationError("--token and --token-file exclude each other.") }
        guard (0...65535).contains(port ?? 0) else {
            throw ValidationError("--port: expected 0 to 65535, found \(port ?? 0).")
        }
    }
}
