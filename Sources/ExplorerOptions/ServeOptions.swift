import ArgumentParser

/// What `serve` takes.
package struct ServeOptions: ParsableArguments {
    @OptionGroup
    package var server: ServerOptions

    @Option(help: "The least that is logged; 'debug' is a line a request.")
    package var logLevel = LogLevel.info

    package init() {}
}

/// How much a message matters.
package enum LogLevel: String, CaseIterable, Sendable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error, critical
}
