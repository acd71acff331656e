import Formats
import Pictures
import Tensors

/// What a training would see of a set of images, and what is odd about it.
package struct ImageSurvey: Sendable {
    /// The path that was asked about, and in which form images are kept there.
    package let source: String
    package let form: ImageForm
    /// The training set, and the test set where there is one.
    package private(set) var parts: [Part] = []
    /// What a person should know before a training.
    package private(set) var oddities: [Oddity] = []
    /// The side that all pictures were resized to, since they have several sizes and none was asked for.
    package private(set) var proposedSize: Int?
    /// Why nothing can be trained on; nil where something can.
    package private(set) var failure: (any Error)?
    /// The images to learn from; nil where there are none.
    package private(set) var training: ImageDataset?

    /// One of the sets.
    package struct Part: Sendable {
        package let split: ImageDataset.Split
        package let images: Int
        /// [height, width, channels]; nil without images.
        package let shape: Shape?
        /// What the bytes of each channel are.
        package let channels: [Channel]
        /// In the order of their numbers; nil where there are none.
        package let classes: [Class]?
        /// Of sets of picture files.
        package let files: Files?
        /// Files that cannot be read.
        package let bad: [BadFile]
    }

    /// What the bytes of a channel are.
    package struct Channel: Hashable, Sendable {
        package let least, most: UInt8
        package let mean, deviation: Double

        /// - Parameter counts: How often each byte stands there; one at least does.
        init(_ counts: [Int]) {
            let all = Double(counts.reduce(0, +))
            least = UInt8(counts.firstIndex { $0 > 0 } ?? 0)
            most = UInt8(counts.lastIndex { $0 > 0 } ?? 0)
            let mean = counts.indices.reduce(0.0) { $0 + Double($1) * Double(counts[$1]) } / all
            self.mean = mean
            let squares = counts.indices.reduce(0.0) { sum, level in
                sum + (Double(level) - mean) * (Double(level) - mean) * Double(counts[level])
            }
            deviation = (squares / all).squareRoot()
        }
    }

    /// A class and how many images it has.
    package struct Class: Hashable, Sendable {
        package let name: String
        package let images: Int
    }

    /// A file that cannot be read.
    package struct BadFile: Hashable, Sendable {
        package let file, reason: String
    }

    /// What is known of picture files beside their pixels.
    package struct Files: Sendable {
        package let count, bytes: Int
        /// How many there are of each kind, by what they hold.
        package let kinds: [(kind: String, files: Int)]
        /// The sizes that are stored, the most frequent first.
        package let sizes: [StoredSize]
        /// How many files were passed over, by the end of their names.
        package let passedOver: [(kind: String, files: Int)]
    }

    /// Looks at a source.
    /// - Parameters:
    ///   - reading: How its images are read; bad files are left out in any case.
    ///   - open: Opens the source.
    ///   - judge: Throws for sets that are not to be read, before their images are in memory.
    /// - Throws: What the source throws where it is no set of images at all.
    package init(
        _ reading: ImageReading, limit: Int?, threads: Int, open: (ImageReading) throws -> any ImageSource,
        judge: (any ImageSource, ImageOutline) throws -> Void
    ) throws {
        var reading = reading
        reading.skipsBad = true
        var source = try open(reading)
        (self.source, form) = (source.name, source.form)
        var files: [ImageDataset.Split: PictureFilesSurvey] = [:]
        if let pictures = source as? any PictureFiles {
            files = try PictureFilesSurvey.all(of: pictures, limit: limit)
            let sizes = files.values.flatMap(\.sizes)
            if reading.pictures.size == nil, Set(sizes.map { [$0.height, $0.width] }).count > 1 {
                let side = StoredSize.square(for: sizes)
                reading.pictures.size = .init(height: side, width: side)
                proposedSize = side
                source = try open(reading)
            }
        }
        var pixels: [ImageDataset.Split: (ImageDataset, PixelSurvey)] = [:]
        for split in ImageDataset.Split.allCases {
            do {
                let images = try source.load(split, limit: limit) { try judge(source, $0) }
                let survey = try PixelSurvey(images, threads: threads)
                pixels[split] = (images, survey)
                if split == .train { training = images }
                let (bad, remarks) = try Self.told(source, split, limit, files[split])
                oddities += remarks
                parts.append(Part(split, images, survey, files[split], bad))
            } catch DatasetError.noTestSet where split == .test {
                continue
            } catch let error as DatasetError where error.hasNoImages && files[split] != nil {
                if split == .train { failure = error }
                let bad = files[split]?.bad ?? []
                parts.append(Part(split, nil, nil, files[split], bad))
            }
        }
        oddities +=
            ImageDataset.Split.allCases.flatMap { files[$0]?.oddities($0) ?? [] } + Oddity.of(parts)
            + Oddity.repeats(pixels.mapValues { ($0.0, $0.1.prints) })
        if let side = proposedSize, let sizes = files[.train]?.sizes, let other = sizes.first {
            oddities.insert(
                Oddity(
                    .severalSizes, .train, count: sizes.count, first: [],
                    "stored sizes, of which \(other.height)×\(other.width) is the most frequent: vae train needs "
                        + "--size \(side), as here, or another"), at: 0)
        }
    }

    /// What the files of a set have told while they were read: those that are bad, and what is odd about others.
    private static func told(
        _ source: any ImageSource, _ split: ImageDataset.Split, _ limit: Int?, _ files: PictureFilesSurvey?
    ) throws -> ([BadFile], [Oddity]) {
        guard let pictures = source as? any PictureFiles, let files else { return ([], []) }
        let record = try pictures.pictures.made(split, limit: limit) { files.listing }.record
        let bad = record.skipped.map { BadFile(file: $0.file, reason: $0.reason) } + files.unreadable
        return (bad, record.remarks.found.compactMap { Oddity($0, split, record.settings) })
    }
}

extension ImageSurvey.Part {
    init(
        _ split: ImageDataset.Split, _ images: ImageDataset?, _ pixels: PixelSurvey?, _ files: PictureFilesSurvey?,
        _ bad: [ImageSurvey.BadFile]
    ) {
        var classes: [ImageSurvey.Class]?
        if let labels = images?.labels {
            var counts = [Int](repeating: 0, count: max(images?.classNames?.count ?? 0, (labels.max() ?? -1) + 1))
            for label in labels { counts[label] += 1 }
            classes = counts.enumerated().map {
                .init(name: images?.classNames?[$0.offset] ?? "\($0.offset)", images: $0.element)
            }
        }
        self.init(
            split: split, images: images?.count ?? 0, shape: images?.shape,
            channels: pixels?.histograms.map(ImageSurvey.Channel.init) ?? [], classes: classes, files: files?.files,
            bad: bad)
    }
}

extension DatasetError {
    /// Whether there is nothing in it to be read.
    fileprivate var hasNoImages: Bool {
        switch self {
        case .noPictures, .empty: true
        default: false
        }
    }
}
