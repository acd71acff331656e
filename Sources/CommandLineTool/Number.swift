import ArgumentParser

/// Reads the numbers that options take; what cannot be taken is refused in words that say what can.
///
/// Such options are parsed `.unconditional`, so that `--epochs -3` is a number that is refused, not an option `-3`.
enum Number {
    /// What an option takes.
    struct Expected: Error, CustomStringConvertible {
        let description: String

        init(_ words: String) {
            description = "expected \(words)"
        }
    }

    /// A whole number within a range.
    static func whole<Value: FixedWidthInteger & Sendable>(
        _ range: ClosedRange<Value>
    ) -> @Sendable (String) throws -> Value {
        { argument in
            guard let value = Value(argument), range.contains(value) else {
                throw Expected(
                    range.upperBound == .max
                        ? "a whole number of at least \(range.lowerBound)"
                        : "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }

    /// A number that `isTaken` takes.
    /// - Parameter words: What it must be, as in "a number above 0".
    static func real(
        _ words: String, _ isTaken: @escaping @Sendable (Double) -> Bool
    ) -> @Sendable (String) throws -> Double {
        { argument in
            guard let value = Double(argument), value.isFinite, isTaken(value) else { throw Expected(words) }
            return value
        }
    }

    /// A number above 0.
    static let positive = real("a number above 0") { $0 > 0 }

    /// A value that is read from an argument by itself.
    /// - Parameter words: What it must be.
    static func parsed<Value: ExpressibleByArgument>(_ words: String) -> @Sendable (String) throws -> Value {
        { argument in
            guard let value = Value(argument: argument) else { throw Expected(words) }
            return value
        }
    }
}
