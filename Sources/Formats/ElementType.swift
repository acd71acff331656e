import Tensors

/// The element types of array files, all of which become Float32 in a `Tensor`.
package enum ElementType: Sendable {
    case float32
    case float64
    case float16
    /// The upper half of a float32.
    case bfloat16
    case uint8
    case int8
    case int16
    case uint16
    case int32
    case uint32
    case int64

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .float32, .int32, .uint32: 4
        case .int16, .uint16: 2
        case .float64, .int64: 8
        case .float16, .bfloat16: 2
        case .uint8, .int8: 1
        }
    }

    /// Whether the elements are fractions, not whole numbers.
    package var isFloat: Bool {
        switch self {
        case .float32, .float64, .float16, .bfloat16: true
        default: false
        }
    }

    /// Reads `count` elements as Float32.
    ///
    /// A Float64 is rounded to the nearest Float32. A whole number that Float32 does not hold exactly, and a finite
    /// Float64 beyond Float32's range, are refused.
    /// - Parameters:
    ///   - range: Where the elements lie in `bytes`: `count * size` bytes, at any alignment.
    ///   - isBigEndian: Whether the most significant byte comes first.
    ///   - source: Named in errors.
    package func floats(
        _ bytes: [UInt8], _ range: Range<Int>, isBigEndian: Bool = false, source: String
    ) throws(FormatError) -> [Float] {
        let count = range.count / size
        if self == .float32, !isBigEndian {
            return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                bytes.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: $0[range]))
                }
                initialized = count
            }
        }
        var values: [Float] = []
        values.reserveCapacity(count)
        for offset in stride(from: range.lowerBound, to: range.upperBound, by: size) {
            guard let value = float(bytes, offset, isBigEndian) else {
                throw FormatError(
                    source: source, offset: offset, expected: "a value that Float32 can hold", found: "a larger one")
            }
            values.append(value)
        }
        return values
    }

    private func float(_ bytes: [UInt8], _ offset: Int, _ isBigEndian: Bool) -> Float? {
        switch self {
        case .uint8:
            return Float(bytes[offset])
        case .float32:
            return Float(bitPattern: UInt32(truncatingIfNeeded: bits(bytes, offset, isBigEndian)))
        case .int8:
            return Float(Int8(bitPattern: bytes[offset]))
        case .uint16:
            return Float(bits(bytes, offset, isBigEndian))
        case .int16:
            return Float(Int16(truncatingIfNeeded: bits(bytes, offset, isBigEndian)))
        case .uint32:
            return Float(exactly: bits(bytes, offset, isBigEndian))
        case .int32:
            return Float(exactly: Int32(truncatingIfNeeded: bits(bytes, offset, isBigEndian)))
        case .bfloat16:
            return Float(bitPattern: UInt32(truncatingIfNeeded: bits(bytes, offset, isBigEndian)) << 16)
        case .float16:
            return Self.float(half: UInt32(truncatingIfNeeded: bits(bytes, offset, isBigEndian)))
        case .int64:
            return Float(exactly: Int64(bitPattern: bits(bytes, offset, isBigEndian)))
        case .float64:
            let value = Double(bitPattern: bits(bytes, offset, isBigEndian))
            let rounded = Float(value)
            return rounded.isFinite == value.isFinite ? rounded : nil
        }
    }

    /// The value of a float16, exactly: macOS on x86-64 has no `Float16`.
    private static func float(half bits: UInt32) -> Float {
        let (sign, exponent, mantissa) = (bits >> 15, bits >> 10 & 31, bits & 1023)
        switch exponent {
        case 0:
            // Counts of 2^-24.
            return (sign == 0 ? 1 : -1) * Float(mantissa) * 0x1p-24
        case 31: return Float(bitPattern: sign << 31 | 0x7F80_0000 | mantissa << 13)
        default: return Float(bitPattern: sign << 31 | (exponent + 112) << 23 | mantissa << 13)
        }
    }

    /// One element's bits, least significant byte of the result first.
    private func bits(_ bytes: [UInt8], _ offset: Int, _ isBigEndian: Bool) -> UInt64 {
        let element = bytes[offset..<offset + size]
        return isBigEndian
            ? element.reduce(0) { $0 << 8 | UInt64($1) } : element.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension [UInt8] {
    /// Appends a number, least significant byte first.
    package mutating func append(littleEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends Float32 values, least significant byte first, in one copy.
    package mutating func append(littleEndian values: [Float]) {
        values.withUnsafeBytes { append(contentsOf: $0) }
    }
}
