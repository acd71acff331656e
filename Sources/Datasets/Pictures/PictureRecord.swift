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
    /// The table that lists them; nil where the folder does.
    let table: String?
    /// Only so many of all were taken; nil for all.
    let limit: Int?
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
    var remarks = PictureRemarks()

    var count: Int { files.count }
    var imageSize: Int { shape.reduce(1, *) }
}

/// Counts what picture files say of themselves, for a sentence a kind.
struct PictureRemarks: Hashable, Sendable, Codable {
    /// In the order in which they are told.
    enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case orientation
        case inks = "cmyk"
        case dark = "dark_16_bit"
        case end = "missing_end"
    }

    /// Files of a kind.
    struct Found: Hashable, Sendable, Codable {
        let kind: Kind
        var count = 0
        /// The first of them.
        var files: [String] = []
    }

    private(set) var found: [Found] = []
    private static let named = 20

    mutating func add(_ notes: [PictureNote], of file: String) {
        for note in notes {
            let kind: Kind =
                switch note {
                case .orientation: .orientation
                case .inks: .inks
                case .dark16Bit: .dark
                case .missingEnd: .end
                }
            let place = found.firstIndex { $0.kind == kind } ?? found.endIndex
            if place == found.endIndex { found.append(Found(kind: kind)) }
            found[place].count += 1
            if found[place].files.count < Self.named { found[place].files.append(file) }
        }
    }

    func sentences(_ settings: PictureSettings) -> [String] {
        Kind.allCases.compactMap { kind in
            guard let one = found.first(where: { $0.kind == kind }), let first = one.files.first else { return nil }
            let files = "\(counted(one.count, "picture")) (\(one.count == 1 ? "" : "the first: ")\(first))"
            return Self.words(kind, settings).map { "\(files) \($0)" }
        }
    }

    /// What is said of pictures of a kind; nil where the settings heed it.
    static func words(_ kind: Kind, _ settings: PictureSettings) -> String? {
        switch kind {
        case .orientation:
            settings.orientation == .apply
                ? nil : "with an EXIF orientation, taken as stored; --orientation apply turns them"
        case .inks: "in CMYK, converted to RGB without a colour profile"
        case .dark: "with 16-bit samples far below 65535, most likely of 12 bits: they are nearly black"
        case .end: "without the end marker of a JPEG; all pixels are there"
        }
    }
}
