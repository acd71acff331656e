/// A linear map from data to pixels.
package struct Scale: Sendable {
    /// The data values at the two ends.
    package let domain: ClosedRange<Double>
    /// The pixels at the two ends; descending for an axis that points up.
    package let pixels: (Double, Double)

    package func callAsFunction(_ value: Double) -> Double {
        let share = (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
        return pixels.0 + share * (pixels.1 - pixels.0)
    }
}

/// Round values along an axis.
package struct Ticks: Hashable, Sendable {
    /// Ascending, within the range asked for.
    package let values: [Double]
    /// Decimals that tell two of them apart.
    package let places: Int

    /// Multiples of 1, 2 or 5 times a power of ten: as many as fit without exceeding `count` intervals.
    package init(_ range: ClosedRange<Double>, count: Int) {
        let span = range.upperBound - range.lowerBound
        let smallest = span / Double(count)
        // Beyond these a Double's 53 bits do not tell rounded decimals apart.
        guard smallest > 1e-12, smallest < 1e15 else {
            values = [range.lowerBound]
            places = 2
            return
        }
        // The power of ten is counted and not computed with a logarithm, whose last bit differs between machines.
        var exponent = 0
        while Self.power(exponent) > smallest { exponent -= 1 }
        while Self.power(exponent + 1) <= smallest { exponent += 1 }
        let factor = [1.0, 2, 5, 10].first { $0 * Self.power(exponent) >= smallest * (1 - 1e-9) } ?? 10
        // Divided where it is a fraction: 3 · (1 / 10) is not 0.3, 3 / 10 is.
        let unit = Self.power(abs(exponent))
        func multiple(_ index: Double) -> Double {
            exponent < 0 ? index * factor / unit : index * factor * unit
        }
        let step = multiple(1)
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        values = stride(from: first, through: last, by: 1).map(multiple)
        places = max(0, -(exponent + (factor == 10 ? 1 : 0)))
    }

    private static func power(_ exponent: Int) -> Double {
        let magnitude = (0..<abs(exponent)).reduce(1.0) { power, _ in power * 10 }
        return exponent < 0 ? 1 / magnitude : magnitude
    }

    /// As it stands at the axis.
    package func label(_ value: Double) -> String {
        NumberText.typeset(NumberText.fixed(value, places: places))
    }
}
