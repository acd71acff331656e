/// Functions of Float64 for definitions, by their series: the core calls no C library.
enum DefinitionMath {
    /// eˣ, to some units in the last place.
    static func exponential(_ x: Double) -> Double {
        guard x.isFinite else { return x.isNaN ? x : x < 0 ? 0 : .infinity }
        if x > 709.7 { return .infinity }
        if x < -745 { return 0 }
        let halvings = (x * 1.4426950408889634).rounded()
        // ln 2 in two parts, the first of few bits.
        let rest = (x - halvings * 0.693147180369123816490) - halvings * 1.90821492927058770002e-10
        var (sum, term) = (1.0, 1.0)
        for n in 1...20 {
            term *= rest / Double(n)
            sum += term
        }
        // In two steps: half of the smallest normal number is not one.
        let half = Int(halvings) / 2
        return sum * power(half) * power(Int(halvings) - half)
    }

    private static func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

    /// eˣ − 1, exact where x is small.
    static func exponentialMinus1(_ x: Double) -> Double {
        guard abs(x) < 0.5 else { return exponential(x) - 1 }
        var (sum, term) = (0.0, 1.0)
        for n in 1...18 {
            term *= x / Double(n)
            sum += term
        }
        return sum
    }

    /// log(1 + x) for x in [0, 1].
    static func logarithm1Plus(_ x: Double) -> Double {
        // 2 artanh(x / (2 + x)).
        let ratio = x / (2 + x)
        var (sum, term) = (0.0, ratio)
        for n in 0..<40 {
            sum += term / Double(2 * n + 1)
            term *= ratio * ratio
        }
        return 2 * sum
    }

    /// log x of a positive number.
    static func logarithm(_ x: Double) -> Double {
        logarithm1Plus(x.significand - 1) + Double(x.exponent) * 0.69314718055994530942
    }

    static func hyperbolicTangent(_ x: Double) -> Double {
        let e = exponentialMinus1(-2 * abs(x))
        return (x < 0 ? 1 : -1) * e / (2 + e)
    }

    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }

    /// The probability that a standard normal number is below x.
    static func normalDistribution(_ x: Double) -> Double { (1 + error(x / 2.0.squareRoot())) / 2 }

    /// 2/√π ∫₀ˣ e^(−t²) dt.
    private static func error(_ x: Double) -> Double {
        if x.isNaN { return x }
        if abs(x) > 6 { return x < 0 ? -1 : 1 }
        // 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5 … (2n+1)): no term is negative.
        var (sum, term) = (0.0, x)
        for n in 1...200 {
            sum += term
            term *= 2 * x * x / Double(2 * n + 1)
        }
        return 1.1283791670955126 * exponential(-x * x) * sum
    }
}
