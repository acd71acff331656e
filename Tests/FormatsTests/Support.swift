import CZlib
import Foundation
import Tensors

/// The message of the error that `body` throws.
func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

/// Bytes from their base64, as the fixtures keep them.
func base64(_ text: String) -> [UInt8] { [UInt8](Data(base64Encoded: text)!) }

/// A bare deflate stream: zlib's own without its header and checksum.
func deflate(_ bytes: [UInt8]) -> [UInt8] {
    var size = compressBound(uLong(bytes.count))
    var output = [UInt8](repeating: 0, count: Int(size))
    precondition(compress2(&output, &size, bytes, uLong(bytes.count), 9) == Z_OK)
    return Array(output[2..<Int(size) - 4])
}

/// A gzip member.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    let checksum = UInt32(crc32(0, bytes, uInt(bytes.count)))
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + deflate(bytes) + littleEndian(checksum)
        + littleEndian(UInt32(bytes.count))
}

func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.littleEndian, Array.init) }

/// Values that differ, and some that are awkward.
func tensor(_ shape: Shape) -> Tensor {
    let awkward: [Float] = [-0.0, .infinity, .leastNonzeroMagnitude, -.greatestFiniteMagnitude]
    return Tensor(shape, (0..<shape.count).map { $0 % 7 == 3 ? awkward[$0 / 7 % 4] : Float($0) * 0.37 })
}
