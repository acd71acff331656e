/// A file's bytes by address, and what stands first in it.
struct HDF5Bytes {
    let bytes: [UInt8]
    let source: String

    init(_ bytes: [UInt8], source: String) {
        (self.bytes, self.source) = (bytes, source)
    }

    static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    /// The address of what is not there.
    static let undefined = UInt64.max

    func failure(at offset: Int, _ expected: String, _ found: String) -> FormatError {
        FormatError(source: source, offset: offset, expected: expected, found: found)
    }

    /// A cursor at an address, as far as a part of `size` bytes, or the file, goes.
    func reader(at address: UInt64, size: UInt64? = nil, _ name: String) throws(FormatError) -> ByteReader {
        guard let start = Int(exactly: address), start <= bytes.count else {
            throw failure(at: bytes.count, "\(name) within the file's \(bytes.count) bytes", "address \(address)")
        }
        guard let size else { return ByteReader(bytes, source: source, range: start..<bytes.count) }
        guard size <= bytes.count - start else {
            throw failure(at: start, "\(name) (\(size) bytes)", counted(bytes.count - start, "byte"))
        }
        return ByteReader(bytes, source: source, range: start..<start + Int(size))
    }

    /// A cursor behind a signature of four letters and a version.
    func reader(
        at address: UInt64, signature: String, version: UInt8?, _ name: String
    ) throws(FormatError) -> ByteReader {
        var reader = try reader(at: address, name)
        let found = try reader.take(4, "the signature of \(name)")
        guard found.elementsEqual(signature.utf8) else {
            throw failure(at: Int(address), "\(name), \(signature)", hexadecimal(found))
        }
        if let version {
            let found = try reader.uint8("a version")
            guard found == version else { throw failure(at: Int(address), "\(name) of version \(version)", "\(found)") }
            _ = try reader.take(3, "reserved bytes")
        }
        return reader
    }

    /// The address of the root group's object header.
    func rootAddress() throws(FormatError) -> Int {
        guard bytes.starts(with: Self.signature) else {
            try ForeignFile.refuse(bytes, wanted: "an HDF5 file (model.save_weights writes one)", source: source)
            throw failure(
                at: 0, "the signature of an HDF5 file, \(hexadecimal(Self.signature))", hexadecimal(bytes.prefix(8)))
        }
        var reader = ByteReader(bytes, source: source, range: 8..<bytes.count)
        let version = try reader.uint8("a superblock's version")
        guard version <= 1 else {
            throw failure(
                at: 8, "superblock version 0 or 1, which h5py writes unless libver says otherwise",
                "version \(version)")
        }
        _ = try reader.take(4, "versions of a superblock's parts")
        let sizes = [try reader.uint8("a size of offsets"), try reader.uint8("a size of lengths")]
        guard sizes == [8, 8] else {
            throw failure(at: 13, "offsets and lengths of 8 bytes", "\(sizes[0]) and \(sizes[1])")
        }
        _ = try reader.take(version == 0 ? 9 : 13, "a superblock")
        let base = try reader.uint64LittleEndian("a base address")
        guard base == 0 else { throw failure(at: 24, "a file that begins at address 0", "a base address of \(base)") }
        _ = try reader.take(8, "an address of free space")
        let end = try reader.uint64LittleEndian("an end of the file")
        guard end <= bytes.count else {
            throw failure(at: 40, "at most \(bytes.count) bytes, which the file has", "an end at \(end)")
        }
        _ = try reader.take(16, "a superblock")
        return try address(&reader, "the root group")
    }

    /// An address within the file.
    func address(_ reader: inout ByteReader, _ name: String) throws(FormatError) -> Int {
        let place = reader.offset
        let address = try reader.uint64LittleEndian("the address of \(name)")
        guard address < UInt64(bytes.count) else {
            throw failure(
                at: place, "the address of \(name) within the file's \(bytes.count) bytes",
                address == Self.undefined ? "none" : "\(address)")
        }
        return Int(address)
    }
}
