import CZlib

/// The checksum of gzip, ZIP and PNG (ISO 3309): it finds every run of damaged bits up to 32 long.
package enum CRC32 {
    /// - Parameter start: The checksum of what stands before the bytes.
    package static func checksum(of bytes: [UInt8], behind start: UInt32 = 0) -> UInt32 {
        // Without bytes, zlib would give the checksum of nothing.
        if bytes.isEmpty { return start }
        return bytes.withUnsafeBufferPointer { UInt32(crc32_z(UInt(start), $0.baseAddress, $0.count)) }
    }
}
