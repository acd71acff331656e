/// A kind of picture file that can be read.
package enum PictureKind: String, Hashable, Sendable, CaseIterable {
    case png = "PNG"
    case jpeg = "JPEG"
    case webp = "WebP"

    /// How many of a file's first bytes tell its kind.
    static let headSize = 512

    /// The kind by the first bytes, whatever the file's name says.
    /// - Parameter head: The first `headSize` bytes, or the whole of a smaller file.
    /// - Throws: `PictureError.foreign`, which names the kind that it is instead.
    init(head: ArraySlice<UInt8>, source: String) throws(PictureError) {
        let head = Array(head)
        if head.starts(with: PNG.signature) {
            self = .png
        } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if head.starts(with: "RIFF".utf8), head.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webp
        } else {
            let (what, remedy) = Self.foreign(head)
            throw .foreign(source: source, what: what, remedy: remedy)
        }
    }

    private static let convert = "convert it to PNG"

    /// What a file is that cannot be read, and what helps.
    private static func foreign(_ head: [UInt8]) -> (String, String?) {
        if head.isEmpty { return ("an empty file", nil) }
        if head.allSatisfy({ $0 == 0 }) { return ("nothing but zeros where a picture should begin", nil) }
        for kind in signatures where head.dropFirst(kind.offset).starts(with: kind.bytes) {
            return (kind.what, kind.remedy)
        }
        return text(head)
    }

    /// Signatures of other kinds of files, and where they stand.
    private static let signatures: [(offset: Int, bytes: [UInt8], what: String, remedy: String?)] = [
        (0, Array("GIF8".utf8), "a GIF", convert),
        (0, [0x49, 0x49, 0x2A, 0], "a TIFF", convert),
        (0, [0x4D, 0x4D, 0, 0x2A], "a TIFF", convert),
        (0, [0x49, 0x49, 0x2B, 0], "a TIFF", convert),
        (0, [0x4D, 0x4D, 0, 0x2B], "a TIFF", convert),
        (0, Array("BM".utf8), "a BMP", convert),
        (4, Array("ftypavi".utf8), "an AVIF", convert),
        (4, Array("ftyphe".utf8), "a HEIC", convert),
        (4, Array("ftypmif1".utf8), "a HEIC or AVIF", convert),
        (4, Array("ftyp".utf8), "a video", nil),
        (4, Array("jP  ".utf8), "a JPEG 2000", convert),
        (0, [0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000", convert),
        (4, Array("JXL ".utf8), "a JPEG XL", convert),
        (0, [0xFF, 0x0A], "a JPEG XL", convert),
        (0, Array("8BPS".utf8), "a Photoshop file", convert),
        (0, [0, 0, 1, 0], "an icon", convert),
        (0, Array("%PDF".utf8), "a PDF", "save its picture as PNG"),
        (0, ForeignFile.zip, "a ZIP archive", "unpack it"),
        (0, [0x1F, 0x8B], "a gzip file", "unpack it"),
        (0, Array("version https://git-lfs".utf8), "a pointer of Git LFS", "fetch the file by git lfs pull"),
    ]

    /// A text's kind, or bytes that nothing is known of.
    private static func text(_ head: [UInt8]) -> (String, String?) {
        let shown = "bytes \(hexadecimal(head.prefix(8))) of no picture that is known"
        guard !head.contains(where: { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) else {
            return (shown, nil)
        }
        // A character may be cut off at the end.
        let words = String(decoding: head, as: UTF8.self).lowercased()
        guard !words.unicodeScalars.dropLast().contains("\u{FFFD}") else { return (shown, nil) }
        if words.contains("<svg") { return ("an SVG", convert) }
        if words.contains("<!doctype html") || words.contains("<html") {
            return ("an HTML page, as servers send in place of a picture", "fetch it again")
        }
        return ("a text", nil)
    }
}
