import Settings

/// Float32 numbers as decimal text, much faster than `description`: six significant digits, rounded to nearest.
///
/// What is rounded so differs by at most 5e-6 of itself, and takes two thirds of the bytes of the shortest text that
/// reads back as the same bits.
enum DecimalText {
    /// The longest text of one number, the comma behind it included: `-1.17549e-38,` or `"-Infinity",`.
    private static let longest = 16

    /// Appends numbers with commas between them; a NaN and the infinities as the strings that `JSONValue` has for them.
    static func append(_ values: UnsafeBufferPointer<Float>, to output: inout [UInt8]) {
        var start = 0
        while start < values.count {
            let end = min(start + 1024, values.count)
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: (end - start) * longest) { text in
                var place = text.baseAddress!
                for position in start..<end {
                    if position > 0 {
                        place.pointee = UInt8(ascii: ",")
                        place += 1
                    }
                    place = write(values[position], place)
                }
                let written = UnsafeBufferPointer(start: text.baseAddress!, count: place - text.baseAddress!)
                output.append(contentsOf: written)
            }
            start = end
        }
    }

    /// Writes one number and returns where the next byte goes.
    @inline(__always)
    private static func write(_ value: Float, _ place: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        var place = place
        // Images are full of these.
        if value == 0 {
            place.pointee = UInt8(ascii: "0")
            return place + 1
        }
        let magnitude = Double(value.magnitude)
        guard magnitude >= 1e-7, magnitude < 1e9 else { return writeRare(value, place) }
        if value < 0 {
            place.pointee = UInt8(ascii: "-")
            place += 1
        }
        // The power of ten of the first digit, from -7 to 8. Up to 10¹² the scaled value is exact: 24 bits of the
        // number and 28 of 5¹². So it is rounded once, correctly.
        var exponent = -7
        while exponent < 8, magnitude >= powers[exponent + 8] { exponent += 1 }
        let scaled = exponent <= 5 ? magnitude * scales[5 - exponent] : magnitude / scales[exponent - 5]
        var digits = UInt32(scaled.rounded(.toNearestOrEven))
        if digits == 1_000_000 {
            digits = 100_000
            exponent += 1
        }
        return writeDigits(digits, exponent, place)
    }

    /// Six digits with the point behind the one of 10⁰, zeros at the end left out.
    @inline(__always)
    private static func writeDigits(
        _ number: UInt32, _ exponent: Int, _ start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var (number, count, place) = (number, 6, start)
        while number % 10 == 0 {
            number /= 10
            count -= 1
        }
        if exponent < 0 {
            // 0.00ddd
            place[0] = UInt8(ascii: "0")
            place[1] = UInt8(ascii: ".")
            place += 2
            for _ in 0..<(-exponent - 1) {
                place.pointee = UInt8(ascii: "0")
                place += 1
            }
            for position in (0..<count).reversed() {
                place[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
                number /= 10
            }
            return place + count
        }
        let whole = exponent + 1
        if count <= whole {
            // ddd000
            for position in (0..<count).reversed() {
                place[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
                number /= 10
            }
            for position in count..<whole { place[position] = UInt8(ascii: "0") }
            return place + whole
        }
        for position in (0...count).reversed() {
            if position == whole {
                place[position] = UInt8(ascii: ".")
            } else {
                place[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
                number /= 10
            }
        }
        return place + count + 1
    }

    /// The very large and small, which may take their time, and what is no number.
    @inline(never)
    private static func writeRare(
        _ value: Float, _ place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let text =
            value.isFinite
            ? "\(value)" : value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\""
        var end = place
        for byte in text.utf8 {
            end.pointee = byte
            end += 1
        }
        return end
    }

    /// 10⁻⁷ to 10⁸.
    private static let powers: [Double] = [
        1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
    ]
    /// 10⁰ to 10¹².
    private static let scales: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12]
}
