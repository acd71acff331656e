import CDigest

/// The SHA-256 digest (FIPS 180-4), computed by the system's library.
package final class SHA256 {
    private let state: UnsafeMutableRawPointer

    /// A digest of no bytes yet.
    package init() {
        guard let state = vae_sha256_begin() else { Self.fail() }
        self.state = state
    }

    /// Takes in the next bytes.
    package func add(_ bytes: UnsafeRawBufferPointer) {
        if !bytes.isEmpty, !vae_sha256_add(state, bytes.baseAddress, bytes.count) { Self.fail() }
    }

    /// The digest of all bytes, 32 of them; asked for once, and nothing is taken in afterwards.
    package func digest() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
            if !vae_sha256_end(state, digest.baseAddress) { Self.fail() }
            count = 32
        }
    }

    /// The digest as 64 lowercase hexadecimal digits.
    package func hex() -> String { hexadecimal(digest()) }

    /// The digest of `bytes` as 64 lowercase hexadecimal digits.
    package static func hex(of bytes: [UInt8]) -> String { hexadecimal(digest(of: bytes)) }

    /// The digest of `bytes`, 32 bytes.
    package static func digest(of bytes: [UInt8]) -> [UInt8] {
        let whole = SHA256()
        bytes.withUnsafeBytes(whole.add)
        return whole.digest()
    }

    private static func fail() -> Never { fatalError("the system's library cannot compute SHA-256") }
}
