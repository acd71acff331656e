import ArgumentParser
import VAE

/// Options that say how a training is kept from losing work.
struct SafekeepingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Write a checkpoint also within epochs: each so many steps (500), seconds (30s) or minutes (5m).",
            valueName: "interval"),
        transform: Number.parsed("a count of steps (500), seconds (30s) or minutes (5m)"))
    var checkpointEvery: Safekeeping.Interval?

    @Option(
        defaultAsFlag: Kept.all, parsing: .next,
        help: ArgumentHelp(
            """
            Which epochs leave a checkpoint of their own (checkpoints/epoch-0001.safetensors and so on), so that one can \
            look back at how the model learned: 'thinned' is 1, 2, 3, 5, 8, 13, 20, 30, 50, 80, 130 and so on, and what \
            a run does by itself; 'all' is meant where no word follows; 'none'. Each takes 12 bytes a parameter, 2 MB \
            for the tutorial's model. A run goes on as it began.
            """, valueName: "all|thinned|none"))
    var keepEpochs: Kept?

    @Option(
        help: """
            What happens when a number is not finite: 'stop' ends the training before the step, 'rollback' goes back to \
            the last whole epoch with half the learning rate, three times at the most.
            """)
    var onNan: Safekeeping.Answer = .stop

    /// What follows --keep-epochs, whatever it is: the argument parser would take a word that it cannot read for an
    /// argument of the command's own.
    struct Kept: ExpressibleByArgument, CustomStringConvertible {
        static let all = Kept(argument: KeptEpochs.all.rawValue)
        static let allValueStrings = KeptEpochs.allCases.map(\.rawValue)

        let description: String

        init(argument: String) {
            description = argument
        }
    }

    /// Which epochs to keep; nil where that was not said.
    var keptEpochs: KeptEpochs? { keepEpochs.flatMap { KeptEpochs(rawValue: $0.description) } }

    func validate() throws {
        if let keepEpochs, keptEpochs == nil {
            throw ValidationError(
                "--keep-epochs: expected \(Kept.allValueStrings.joined(separator: ", ")) or no word, found "
                    + "'\(keepEpochs)'.")
        }
    }

    var value: Safekeeping { Safekeeping(every: checkpointEvery, onNaN: onNan) }

    /// The options as they were given, for the command that goes on.
    var words: String {
        (checkpointEvery.map { " --checkpoint-every \($0.argument)" } ?? "")
            + (onNan == .stop ? "" : " --on-nan \(onNan.rawValue)")
    }
}

extension Safekeeping.Answer: ExpressibleByArgument {}

extension Safekeeping.Interval: ExpressibleByArgument {
    package init?(argument: String) {
        let unit = argument.last.flatMap { $0.isNumber ? nil : $0 }
        guard let count = Int(unit == nil ? argument : String(argument.dropLast())), (1...1_000_000_000).contains(count)
        else { return nil }
        switch unit {
        case nil: self = .steps(count)
        case "s": self = .seconds(count)
        case "m": self = .seconds(60 * count)
        default: return nil
        }
    }

    fileprivate var argument: String {
        switch self {
        case .steps(let count): "\(count)"
        case .seconds(let count): "\(count)s"
        }
    }
}

extension ResumePoint: ExpressibleByArgument {
    package init?(argument: String) {
        switch argument {
        case "last": self = .last
        case "best": self = .best
        default: self = .file(argument)
        }
    }
}
