import CZlib

/// The checksum of gzip, ZIP and PNG (ISO 3309): it finds every run of damaged bits up to 32 long.
package enum CRC32 {
    package static func checksum(of bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
    }
}
