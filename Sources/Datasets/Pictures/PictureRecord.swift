import Formats
import Pictures

/// What is known of images that were made of picture files, beside their bytes.
struct PictureRecord: Hashable, Sendable, Codable {
    /// A file that was left out.
    struct Skipped: Hashable, Sendable, Codable {
        let file: String
        let reason: String
    }

    /// The folder or list that they come from.
    let source: String
    /// Of an image: height, width and channels.
    let shape: [Int]
    /// As they were made.
    let settings: PictureSettings
    /// SHA-256 of all bytes.
    var digest = ""
    /// Each image's file.
    var files: [String] = []
    /// Each image's class; nil where there are none.
    var labels: [Int]?
    /// What the classes are called.
    let classes: [String]?
    /// Bad files, which have no image.
    var skipped: [Skipped] = []
    /// What a person should know of them.
    var remarks: [String] = []

    var count: Int { files.count }
    var imageSize: Int { shape.reduce(1, *) }
}

/// Counts what picture files say of themselves, for a sentence a kind.
struct PictureRemarks {
    private var found: [Kind: (count: Int, first: String)] = [:]

    private enum Kind: CaseIterable {
        case orientation, inks, dark, end
    }

    mutating func add(_ notes: [PictureNote], of file: String) {
        for note in notes {
            let kind: Kind =
                switch note {
                case .orientation: .orientation
                case .inks: .inks
                case .dark16Bit: .dark
                case .missingEnd: .end
                }
            found[kind, default: (0, file)].count += 1
        }
    }

    func sentences(_ settings: PictureSettings) -> [String] {
        Kind.allCases.compactMap { kind in
            guard let (count, first) = found[kind] else { return nil }
            let files = "\(counted(count, "picture")) (\(count == 1 ? "" : "the first: ")\(first))"
            switch kind {
            case .orientation:
                return settings.orientation == .apply
                    ? nil : "\(files) with an EXIF orientation, taken as stored; --orientation apply turns them"
            case .inks: return "\(files) in CMYK, converted to RGB without a colour profile"
            case .dark:
                return "\(files) with 16-bit samples far below 65535, most likely of 12 bits: they are nearly black"
            case .end: return "\(files) without the end marker of a JPEG; all pixels are there"
            }
        }
    }
}
