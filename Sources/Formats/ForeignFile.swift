/// Files of other kinds that are taken for ours, so that the error can say what to do instead.
package enum ForeignFile {
    /// How a ZIP archive begins: PyTorch's `.pt`, NumPy's `.npz`, Keras's `.keras`.
    package static let zip: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

    /// Turns away a pickle, which can run code when it is read, and a ZIP archive.
    /// - Parameter wanted: What it should be, and what writes it.
    static func refuse(_ bytes: [UInt8], wanted: String, source: String) throws(FormatError) {
        // A pickle of protocol 2 or later begins with its number.
        let isPickle = bytes.first == 0x80 && (2...5).contains(bytes.dropFirst().first ?? 0)
        guard isPickle || bytes.starts(with: zip) else { return }
        throw FormatError(
            source: source, offset: 0, expected: wanted, found: isPickle ? "a pickle" : "a ZIP archive")
    }
}
