import ArgumentParser
import VAE

/// Options that say how a training is kept from losing work.
struct SafekeepingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write a checkpoint also within epochs: each so many steps (500), seconds (30s) or minutes (5m).",
            valueName: "interval"))
    var checkpointEvery: Safekeeping.Interval?

    @Flag(
        help: """
            Keep a checkpoint of every epoch (checkpoints/epoch-0001.safetensors and so on), so that one can look back \
            at how the model learned.
            """)
    var keepEpochs = false

    @Option(
        help: """
            What happens when a number is not finite: 'stop' ends the training before the step, 'rollback' goes back to \
            the last whole epoch with half the learning rate, three times at the most.
            """)
    var onNan: Safekeeping.Answer = .stop

    var value: Safekeeping { Safekeeping(every: checkpointEvery, onNaN: onNan) }

    /// The options as they were given, for the command that goes on.
    var words: String {
        (checkpointEvery.map { " --checkpoint-every \($0.argument)" } ?? "") + (keepEpochs ? " --keep-epochs" : "")
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
