/// An NPZ archive whose arrays are read one by one.
package struct NPZFile: Sendable {
    private let bytes: [UInt8]
    private let source: String
    private let members: [(name: String, member: Zip.Member)]

    /// Reads a file and judges its directory; no array is unpacked yet.
    /// - Throws: `FileError`; `FormatError`, as `NPZ.parse`.
    package init(_ path: String, limit: Int = 1 << 33) throws {
        bytes = try FileBytes.read(path, limit: limit)
        source = path
        members = try Zip.members(bytes, source: path).map { member in
            guard member.name.hasSuffix(NPZ.suffix) else {
                throw FormatError(
                    source: path, expected: "members named *\(NPZ.suffix), as numpy.savez writes them",
                    found: "\"\(member.name)\"")
            }
            return (String(member.name.dropLast(NPZ.suffix.count)), member)
        }
    }

    /// The arrays' names, in the order of the directory.
    package var names: [String] { members.map(\.name) }

    /// An array's file, unpacked; nil where there is none of this name.
    /// - Throws: `FormatError`.
    package func contents(_ name: String) throws(FormatError) -> (bytes: [UInt8], source: String)? {
        guard let member = members.first(where: { $0.name == name })?.member else { return nil }
        return (try Zip.contents(member, of: bytes, source: source), "\(source)/\(member.name)")
    }
}
