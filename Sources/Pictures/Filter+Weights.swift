/// One side of a picture to be resized: which inputs each output is made of.
struct Side: Hashable {
    /// Pixels that there are.
    let input: Int
    /// The part of them that is taken, in pixels from the first; Pillow keeps both as Float.
    let start, end: Float
    /// Pixels that are made of it.
    let output: Int

    /// The whole of a side.
    init(_ input: Int, to output: Int) { self.init(input, 0, Float(input), to: output) }

    init(_ input: Int, _ start: Float, _ end: Float, to output: Int) {
        (self.input, self.start, self.end, self.output) = (input, start, end, output)
    }

    /// Whether each output is the input at its place.
    var isIdentity: Bool { start == 0 && end == Float(input) && output == input }
    /// Pixels fewer than before, the whole side counted.
    var shrinkage: Int { input - output }
    /// Whether outputs are inputs that follow each other, from a whole one on.
    var isCut: Bool { start == start.rounded(.down) && end - start == Float(output) }
}

extension PictureSettings.Filter {
    /// How far the filter reaches, in pixels of what it makes.
    var support: Double {
        switch self {
        case .nearest, .box: 0.5
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The filter's value, in its own width.
    func value(_ x: Double) -> Double {
        switch self {
        case .nearest, .box: return x > -0.5 && x <= 0.5 ? 1 : 0
        case .bilinear: return max(0, 1 - abs(x))
        case .bicubic:
            let (x, a) = (abs(x), -0.5)
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        case .lanczos: return -3 <= x && x < 3 ? Sine.cardinal(x) * Sine.cardinal(x / 3) : 0
        }
    }
}

/// A sine of our own, since the C library's last bit depends on the processor.
enum Sine {
    /// sin(πx) / (πx), for |x| up to 3.
    static func cardinal(_ x: Double) -> Double {
        x == 0 ? 1 : sine(x * .pi) / (x * .pi)
    }

    /// sin(x) for |x| up to 10, within 2e-16 of it.
    private static func sine(_ x: Double) -> Double {
        // To the nearest multiple of π, whose rounding error is taken off too.
        let turns = (x / .pi).rounded()
        let rest = (x - turns * .pi) - turns * 1.2246467991473532e-16
        // Taylor's series for up to π / 2.
        let square = rest * rest
        var sum = 0.0
        for n in stride(from: 23.0, through: 3, by: -2) { sum = (1 + sum) * -square / (n * (n - 1)) }
        let sine = rest + rest * sum
        return Int(turns).isMultiple(of: 2) ? sine : -sine
    }
}
