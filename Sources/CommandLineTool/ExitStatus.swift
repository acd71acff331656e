import Exploration
import Interchange
import VAE

/// The exit status of each kind of error: the one place where they are mapped.
extension ExitStatus {
    /// Nil for errors that are not ours: the argument parser's, which knows its own.
    init?(of error: any Error) {
        switch error {
        case is ConfigurationError, is GraphError, is InstructionSetError, is PrecisionError,
            is UsageError, StartError.argumentNotUTF8, StartError.argumentEmpty:
            self = .usage
        case is FormatError, is ONNXError, is PictureError, is ImportError, is DataVerifyCommand.BadFiles:
            self = .badData
        case let error as DatasetError:
            self = error.isMissing ? .missingInput : .badData
        case let error as FileError:
            self = error.isMissing && error.operation == .open ? .missingInput : .inputOutput
        case is MemoryError, StartError.tooFewThreads:
            self = .noMemory
        case let error as RunError:
            self = ExitStatus(error)
        case is ExplorerProgram.Missing:
            self = .missingInput
        case let error as ExplorationError:
            self = error.kind == .unknown ? .missingInput : .badData
        case StartError.tooFewFiles:
            self = .inputOutput
        case is TrainingError, is StartError:
            self = .other
        case is Interruption.Stopped:
            self = .interrupted
        default:
            return nil
        }
    }

    private init(_ error: RunError) {
        switch error {
        case .missing, .leadsNowhere, .notUTF8: self = .missingInput
        case .notARun, .imagesDiffer, .unsound: self = .badData
        case .exists, .occupied, .settingsDiffer, .tooManyTags: self = .usage
        case .locked, .notTrained: self = .other
        case .notSaved, .notReplaced, .taken, .noRoom: self = .inputOutput
        }
    }
}

/// Options that cannot be taken together, or that do not fit the run.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
