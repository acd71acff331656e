/// Keras's `.keras` file: a ZIP archive of a model's description and its weights.
package enum KerasArchive {
    private static let weights = "model.weights.h5"

    /// Whether bytes look like such an archive rather than another one.
    package static func isOne(_ bytes: [UInt8]) -> Bool {
        guard bytes.starts(with: ForeignFile.zip), let members = try? Zip.members(bytes, source: "") else {
            return false
        }
        return members.contains { $0.name == weights }
    }

    /// The weights' HDF5 file within.
    ///
    /// The model's description, which may hold code, is not read.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors.
    package static func weights(in bytes: [UInt8], source: String) throws(FormatError) -> HDF5File {
        guard let member = try Zip.members(bytes, source: source).first(where: { $0.name == weights }) else {
            throw FormatError(
                source: source, expected: "\(weights), as Keras 3 writes it", found: "an archive without it")
        }
        return try HDF5File(
            parsing: try Zip.contents(member, of: bytes, source: source), source: "\(source)/\(weights)")
    }
}
