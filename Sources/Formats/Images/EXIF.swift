/// The one thing that is wanted of EXIF: which way is up.
///
/// A TIFF structure (TIFF 6.0, 2) as cameras write it into pictures. It is read within its bytes and in bounded time, and
/// whatever is odd about it means no turn: EXIF is often damaged in sound pictures.
enum EXIF {
    /// How EXIF begins in a JPEG's segment, and in some WebP files.
    static let prefix = Array("Exif\0\0".utf8)
    /// How many of its bytes are looked at: the first directory begins right behind the header, its entries take twelve.
    static let most = 4096

    /// The orientation, 1 to 8 (EXIF 2.32, tag 0x0112); 1 where none is given.
    /// - Parameter bytes: The structure, with or without the prefix.
    static func orientation(_ bytes: some Collection<UInt8>) -> Int {
        var bytes = Array(bytes)
        if bytes.starts(with: prefix) { bytes.removeFirst(prefix.count) }
        let isLittleEndian: Bool
        switch Array(bytes.prefix(4)) {
        case [0x49, 0x49, 0x2A, 0]: isLittleEndian = true
        case [0x4D, 0x4D, 0, 0x2A]: isLittleEndian = false
        default: return 1
        }
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset <= bytes.count - count else { return nil }
            let part = bytes[offset..<offset + count]
            return isLittleEndian ? part.littleEndian : part.bigEndian
        }
        guard let directory = number(4, 4), let count = number(directory, 2) else { return 1 }
        for entry in 0..<count {
            let place = directory + 2 + 12 * entry
            guard let tag = number(place, 2) else { return 1 }
            guard tag == 0x0112 else { continue }
            // One SHORT, which stands in the entry itself.
            guard number(place + 2, 2) == 3, number(place + 4, 4) == 1, let value = number(place + 8, 2) else {
                return 1
            }
            return (1...8).contains(value) ? value : 1
        }
        return 1
    }
}
