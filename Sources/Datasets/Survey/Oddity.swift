import Formats
import Pictures
import Tensors

/// Something about a set that a person should know before a training.
package struct Oddity: Hashable, Sendable {
    /// Which; as JSON names it.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case severalSizes = "several_sizes"
        case profile, gamma, alpha
        case mixedColours = "mixed_colours"
        case unlabelled
        case emptyFolder = "empty_folder"
        case orientation
        case inks = "cmyk"
        case dark16Bit = "dark_16_bit"
        case missingEnd = "missing_end"
        case range
        case constant
        case imbalance
        case smallClass = "class_of_one"
        case emptyClass = "empty_class"
        case duplicates
        case twoClasses = "duplicate_in_two_classes"
        case nearDuplicates = "near_duplicates"
        case leakage
        case nearLeakage = "near_leakage"
    }

    package let kind: Kind
    package let split: ImageDataset.Split
    /// How many files, images or classes.
    package let count: Int
    /// The names of the first of them.
    package let first: [String]
    /// The rest of the sentence that begins with what is counted.
    package let words: String
    /// What is counted.
    package let noun: String

    /// Names that are told.
    private static let named = 20

    init(
        _ kind: Kind, _ split: ImageDataset.Split, count: Int, first: [String], _ words: String, noun: String = ""
    ) {
        (self.kind, self.split, self.count, self.words, self.noun) = (kind, split, count, words, noun)
        self.first = Array(first.prefix(Self.named))
    }

    /// - Parameter names: Of all of them.
    init(
        _ kind: Kind, _ split: ImageDataset.Split, _ names: [String], _ words: String, noun: String = "picture"
    ) {
        self.init(kind, split, count: names.count, first: names, words, noun: noun)
    }

    /// What decoded pictures have told; nil where the settings heed it.
    init?(_ found: PictureRemarks.Found, _ split: ImageDataset.Split, _ settings: PictureSettings) {
        guard let words = PictureRemarks.words(found.kind, settings) else { return nil }
        let kind: Kind =
            switch found.kind {
            case .orientation: .orientation
            case .inks: .inks
            case .dark: .dark16Bit
            case .end: .missingEnd
            }
        self.init(kind, split, count: found.count, first: found.files, words, noun: "picture")
    }

    /// One line, with the first three names.
    package var sentence: String {
        let names = first.prefix(3).joined(separator: ", ") + (count > 3 && first.count > 3 ? ", …" : "")
        let subject = noun.isEmpty ? (count > 0 ? "\(count) " : "") : "\(counted(count, noun)) "
        return subject + words + (first.isEmpty ? "" : ": \(names)")
    }
}

extension Oddity {
    /// What is odd about sets as their images and classes are counted.
    static func of(_ parts: [ImageSurvey.Part]) -> [Oddity] {
        var oddities: [Oddity] = []
        for part in parts {
            if let range = range(part) { oddities.append(range) }
            guard let classes = part.classes, classes.count > 1 else { continue }
            let empty = classes.filter { $0.images == 0 }.map(\.name)
            if !empty.isEmpty {
                oddities.append(Oddity(.emptyClass, part.split, empty, "without an image", noun: "class"))
            }
            let single = classes.filter { $0.images == 1 }.map(\.name)
            if !single.isEmpty {
                oddities.append(Oddity(.smallClass, part.split, single, "of one image alone", noun: "class"))
            }
            let unnamed = classes.filter { $0.name.allSatisfy(\.isWhitespace) }.reduce(0) { $0 + $1.images }
            if unnamed > 0 {
                oddities.append(
                    Oddity(
                        .unlabelled, part.split, count: unnamed, first: [],
                        "without a label: the empty word is a class of theirs", noun: "image"))
            }
            let filled = classes.filter { $0.images > 0 }.sorted { $0.images < $1.images }
            if let few = filled.first, let many = filled.last, many.images >= imbalance * few.images {
                oddities.append(
                    Oddity(
                        .imbalance, part.split, count: 0, first: [],
                        "class \(many.name) has \(counted(many.images, "image")) and class \(few.name) \(few.images)"))
            }
        }
        return oddities
    }

    /// How many times as many images a class may have before it is said.
    private static let imbalance = 5

    private static func range(_ part: ImageSurvey.Part) -> Oddity? {
        guard let least = part.channels.map(\.least).min(), let most = part.channels.map(\.most).max() else {
            return nil
        }
        var words = PixelRange(least: least, most: most).remark
        let mean = part.channels.prefix(3).map(\.mean).reduce(0, +) / Double(min(3, part.channels.count))
        if words == nil, !(darkest...(255 - darkest)).contains(mean) {
            words = "the mean of all pixels is \(Float(mean)) of 255: nearly all are \(mean < 128 ? "black" : "white")"
        }
        return words.map { Oddity(.range, part.split, count: 0, first: [], $0) }
    }

    /// A mean so far from black or white says that there is little else.
    private static let darkest = 8.0

    /// Images of one colour, and images that others repeat.
    static func repeats(_ sets: [ImageDataset.Split: (ImageDataset, [ImagePrint])]) -> [Oddity] {
        var (prints, places): ([ImagePrint], [(split: ImageDataset.Split, image: Int)]) = ([], [])
        for split in ImageDataset.Split.allCases {
            guard let found = sets[split]?.1 else { continue }
            prints += found
            places += found.indices.map { (split, $0) }
        }
        func name(_ place: Int) -> String {
            let (split, image) = places[place]
            return sets[split]?.0.fileNames?[image] ?? "image \(image)"
        }
        func label(_ place: Int) -> Int? { sets[places[place].split]?.0.labels?[places[place].image] }
        var oddities: [Oddity] = []
        let repeated = RepeatedImages(prints)
        for split in ImageDataset.Split.allCases {
            let constant = places.indices.filter { places[$0].split == split && prints[$0].isConstant }.map(name)
            if !constant.isEmpty {
                oddities.append(Oddity(.constant, split, constant, "of one colour throughout", noun: "image"))
            }
            func add(_ kind: Kind, _ pairs: [RepeatedImages.Pair], _ words: String, like: String) {
                guard !pairs.isEmpty else { return }
                oddities.append(
                    Oddity(
                        kind, split, pairs.map { "\(name($0.image)) \(like) \(name($0.earlier))" }, words, noun: "image"
                    ))
            }
            func pairs(_ all: [RepeatedImages.Pair], within: Bool) -> [RepeatedImages.Pair] {
                all.filter { places[$0.image].split == split && (places[$0.earlier].split == split) == within }
            }
            let same = pairs(repeated.exact, within: true)
            add(.duplicates, same, "the same as an earlier one", like: "is")
            add(
                .twoClasses, same.filter { label($0.image) != label($0.earlier) },
                "the same as an earlier one of another class", like: "is")
            add(
                .nearDuplicates, pairs(repeated.near, within: true), "like an earlier one \(near)",
                like: "is like")
            add(.leakage, pairs(repeated.exact, within: false), "of the test set among the training images", like: "is")
            add(
                .nearLeakage, pairs(repeated.near, within: false),
                "of the test set like a training image \(near)", like: "is like")
        }
        return oddities
    }

    private static let near =
        "(at most \(ImagePrint.mostBits) of 64 bits of the difference hash and \(ImagePrint.mostLevels) of 255 levels apart "
        + "in 9×8 pixels)"
}
