import Tensors

/// Several named arrays: a ZIP archive of NPY files, NumPy's `savez`.
package enum NPZ {
    /// Whether bytes begin as an archive does.
    package static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: ForeignFile.zip) }

    /// Reads a whole archive, stored or compressed, in the order of its directory.
    ///
    /// Refused are members that are double, encrypted, overlapping or no `.npy`, names that are absolute or hold
    /// `..`, and contents that do not have the size and checksum which the directory lists.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors; an array's own faults name it `source/name.npy`.
    ///   - limit: The largest size in bytes of all arrays together, inflated.
    package static func parse(
        _ bytes: [UInt8], source: String, limit: Int = 1 << 32
    ) throws(FormatError) -> [(name: String, tensor: Tensor)] {
        if !bytes.starts(with: ForeignFile.zip) {
            try ForeignFile.refuse(bytes, wanted: "an NPZ file (numpy.savez writes one)", source: source)
        }
        let members = try Zip.members(bytes, source: source)
        let size = members.reduce(0) { $0 + $1.size }
        guard size <= limit else {
            throw FormatError(source: source, expected: "at most \(limit) bytes of arrays", found: "\(size)")
        }
        var arrays: [(name: String, tensor: Tensor)] = []
        for member in members {
            guard member.name.hasSuffix(suffix) else {
                throw FormatError(
                    source: source, expected: "members named *\(suffix), as numpy.savez writes them",
                    found: "\"\(member.name)\"")
            }
            let contents = try Zip.contents(member, of: bytes, source: source)
            let tensor = try NPY.parse(contents, source: "\(source)/\(member.name)")
            arrays.append((String(member.name.dropLast(suffix.count)), tensor))
        }
        return arrays
    }

    /// Reads one array of an archive that may hold others of any type; only that one is inflated.
    /// - Parameters:
    ///   - names: What it may be called; the first that is there. Else the only `.npy` member.
    ///   - limit: The largest size in bytes, inflated.
    package static func array(
        of names: [String], in bytes: [UInt8], source: String, limit: Int = 1 << 32
    ) throws(FormatError) -> (name: String, tensor: Tensor) {
        let members = try Zip.members(bytes, source: source)
        let named = names.lazy.compactMap { name in members.first { $0.name == name + suffix } }.first
        guard let member = named ?? (members.count == 1 ? members[0] : nil), member.name.hasSuffix(suffix) else {
            throw FormatError(
                source: source, expected: "an array called \(names.joined(separator: " or "))",
                found: members.prefix(8).map(\.name).joined(separator: ", "))
        }
        guard member.size <= limit else {
            throw FormatError(source: source, expected: "at most \(limit) bytes of an array", found: "\(member.size)")
        }
        let contents = try Zip.contents(member, of: bytes, source: source)
        return (
            String(member.name.dropLast(suffix.count)), try NPY.parse(contents, source: "\(source)/\(member.name)")
        )
    }

    /// The bytes of an archive, stored and without dates: the same arrays give the same bytes.
    /// - Parameter arrays: Each name once, without `.npy`.
    package static func serialized(_ arrays: [(name: String, array: NPY.Array)]) -> [UInt8] {
        requireShape(Set(arrays.map(\.name)).count == arrays.count, "an NPZ archive has each name once")
        return Zip.archive(arrays.map { ($0.name + suffix, NPY.serialized($0.array)) })
    }

    /// An archive of float32 arrays.
    package static func serialized(_ arrays: [(name: String, tensor: Tensor)]) -> [UInt8] {
        serialized(arrays.map { (name: $0.name, array: .float32($0.tensor)) })
    }

    static let suffix = ".npy"
}
