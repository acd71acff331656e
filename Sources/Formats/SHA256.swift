import CDigest

/// The SHA-256 digest (FIPS 180-4), computed by the system's library.
package enum SHA256 {
    /// The digest of `bytes` as 64 lowercase hexadecimal digits.
    package static func hex(of bytes: [UInt8]) -> String {
        hexadecimal(digest(of: bytes))
    }

    /// The digest of `bytes`, 32 bytes.
    package static func digest(of bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let done = bytes.withUnsafeBytes { vae_sha256($0.baseAddress, $0.count, &digest) }
        guard done else { fatalError("the system's library cannot compute SHA-256") }
        return digest
    }
}
