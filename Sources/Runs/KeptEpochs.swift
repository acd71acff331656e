/// Which epochs leave a checkpoint of their own in a run, so that one can look back at how the model learned.
public enum KeptEpochs: String, Hashable, Sendable, Codable, CaseIterable {
    /// Each one.
    case all
    /// Close together at the beginning, where a model changes most, and ever farther apart: 1, 2, 3, 5, 8, 13, 20, 30,
    /// 50, 80, and then 13, 20, 30, 50 and 80 by every power of ten. A thousand epochs leave fifteen.
    case thinned
    /// None but `last`, `best` and `previous`, which every run has.
    case none

    /// Whether the checkpoint after an epoch stays.
    ///
    /// It depends on nothing but the epoch, so a run that is stopped and gone on with keeps what it would have kept
    /// without. The last epoch's is `last` in any case.
    /// - Parameter epoch: Counted from 1.
    public func keeps(_ epoch: Int) -> Bool {
        switch self {
        case .all: return true
        case .none: return false
        case .thinned:
            var (leading, rest) = (epoch, 0)
            while leading > 80, rest == 0 { (leading, rest) = leading.quotientAndRemainder(dividingBy: 10) }
            return rest == 0 && [1, 2, 3, 5, 8, 13, 20, 30, 50, 80].contains(leading)
        }
    }
}
