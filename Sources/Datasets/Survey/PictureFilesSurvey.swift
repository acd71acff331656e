import Formats
import Pictures

/// What the picture files of a set are, before they are decoded.
struct PictureFilesSurvey: Sendable {
    let listing: PictureListing
    let sizes: [StoredSize]
    private let heads: [PictureOutline?]
    let badHeads: [PictureRecord.Skipped]

    /// Those of the training set, and of the test set where there is one.
    static func all(of source: any PictureFiles, limit: Int?) throws -> [ImageDataset.Split: PictureFilesSurvey] {
        var all: [ImageDataset.Split: PictureFilesSurvey] = [:]
        for split in ImageDataset.Split.allCases {
            do {
                all[split] = PictureFilesSurvey(
                    try source.listing(split).prefix(limit), source.pictures.reading.pictures,
                    threads: source.pictures.threads)
            } catch DatasetError.noTestSet {
                continue
            } catch DatasetError.empty where split == .train {
                continue
            }
        }
        return all
    }

    private init(_ listing: PictureListing, _ settings: PictureSettings, threads: Int) {
        let heads = PictureHeads(listing, threads: threads)
        (self.listing, self.heads, badHeads) = (listing, heads.outlines, heads.bad)
        sizes = heads.sizes(settings)
    }

    /// Names that no file has.
    var unreadable: [ImageSurvey.BadFile] {
        listing.unreadable.map { .init(file: $0, reason: "no such file") }
    }

    /// What is known to be bad by the heads alone.
    var bad: [ImageSurvey.BadFile] { badHeads.map { .init(file: $0.file, reason: $0.reason) } + unreadable }

    var files: ImageSurvey.Files {
        var kinds: [String: Int] = [:]
        for case let head? in heads { kinds[head.kind.rawValue, default: 0] += 1 }
        return ImageSurvey.Files(
            count: listing.entries.count, bytes: listing.entries.reduce(0) { $0 + $1.stamp.size },
            kinds: Self.sorted(kinds), sizes: sizes, passedOver: Self.sorted(listing.otherKinds))
    }

    private static func sorted(_ counts: [String: Int]) -> [(kind: String, files: Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    /// What is odd about the files as such.
    func oddities(_ split: ImageDataset.Split) -> [Oddity] {
        var oddities: [Oddity] = []
        func add(_ kind: Oddity.Kind, _ words: String, where isOdd: (PictureOutline) -> Bool) {
            let files = zip(listing.entries, heads).filter { $0.1.map(isOdd) ?? false }.map(\.0.path)
            if !files.isEmpty { oddities.append(Oddity(kind, split, files, words)) }
        }
        add(.profile, "with a colour profile, which is ignored") { $0.extras.contains(.profile) }
        add(.gamma, "with a gamma or primaries of their own, which are ignored") { $0.extras.contains(.gamma) }
        func hasAlpha(_ head: PictureOutline) -> Bool { head.channels == 2 || head.channels == 4 }
        add(.alpha, "with an alpha channel (--alpha says what becomes of it)") {
            hasAlpha($0) && !$0.extras.contains(.transparentColours)
        }
        add(.alpha, "with transparent colours in a palette (--alpha says what becomes of them)") {
            hasAlpha($0) && $0.extras.isSuperset(of: [.transparentColours, .palette])
        }
        add(.alpha, "with one transparent colour (--alpha says what becomes of it)") {
            hasAlpha($0) && $0.extras.contains(.transparentColours) && !$0.extras.contains(.palette)
        }
        let colours = heads.compactMap { $0.map { $0.channels > 2 } }
        if colours.contains(true), colours.contains(false) {
            add(.mixedColours, "in grey beside others in colour: all become one kind") { $0.channels < 3 }
        }
        let beside = listing.besideFolders.map(\.path)
        if !beside.isEmpty {
            oddities.append(
                Oddity(
                    .unlabelled, split, beside,
                    "beside the folders: without them the folders would be classes"))
        }
        if !listing.emptyFolders.isEmpty {
            oddities.append(Oddity(.emptyFolder, split, listing.emptyFolders, "without a picture", noun: "folder"))
        }
        return oddities
    }
}
