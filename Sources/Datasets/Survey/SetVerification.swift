import Formats
import Pictures
import Tensors

/// Whether every file of a set can be read and decoded, and whether the cache still tells of these files.
package struct SetVerification: Sendable {
    package let source: String
    package let form: ImageForm
    package private(set) var findings: [Finding] = []
    /// The side that pictures were resized to, since they have several sizes and none was asked for.
    package private(set) var proposedSize: Int?

    /// What was found of a part.
    package struct Finding: Hashable, Sendable {
        /// A file, a set, or the cache.
        package let part: String
        package let isBad: Bool
        package let words: String
    }

    /// How many parts are bad.
    package var bad: Int { findings.count { $0.isBad } }

    /// Reads a source.
    /// - Parameters: As those of `ImageSurvey`.
    /// - Throws: What the source throws where it is no set of images at all, or holds no training set.
    package init(
        _ reading: ImageReading, limit: Int?, open: (ImageReading) throws -> any ImageSource,
        judge: (any ImageSource, ImageOutline) throws -> Void
    ) throws {
        var reading = reading
        reading.skipsBad = true
        let source = try open(reading)
        (self.source, form) = (source.name, source.form)
        guard let pictures = source as? any PictureFiles else {
            try readArrays(source, limit: limit, judge)
            return
        }
        let files = try PictureFilesSurvey.all(of: pictures, limit: limit)
        let sizes = Set(files.values.flatMap(\.sizes).map { [$0.height, $0.width] })
        if reading.pictures.size == nil, sizes.count > 1 {
            let side = StoredSize.square(for: files.values.flatMap(\.sizes))
            reading.pictures.size = .init(height: side, width: side)
            proposedSize = side
        }
        for split in ImageDataset.Split.allCases {
            guard let files = files[split] else { continue }
            try decode(files, split, reading.pictures, pictures.pictures)
        }
    }

    private mutating func add(_ part: String, _ words: String, isBad: Bool = false) {
        findings.append(Finding(part: part, isBad: isBad, words: words))
    }

    /// Arrays and IDX files: each set whole, and then what else the file holds.
    private mutating func readArrays(
        _ source: any ImageSource, limit: Int?, _ judge: (any ImageSource, ImageOutline) throws -> Void
    ) throws {
        for split in ImageDataset.Split.allCases {
            do {
                let images = try source.load(split, limit: limit) { try judge(source, $0) }
                // The hash reads every byte, of a set that stays in its file too.
                let hash = images.contentHash()
                try images.requireWhole()
                add(
                    split.rawValue,
                    "\(counted(images.count, "image")) \(images.shape)"
                        + (images.labels == nil ? ", no labels" : " and as many labels") + ", SHA-256 \(hash)")
            } catch DatasetError.noTestSet where split == .test {
                continue
            } catch let error as FormatError {
                add(split.rawValue, "\(error)", isBad: true)
            } catch let error as DatasetError where !error.isMissing {
                add(split.rawValue, "\(error)", isBad: true)
            }
        }
        do { try source.readRest() } catch let error as FormatError { add(source.name, "\(error)", isBad: true) }
    }

    /// Decodes all files of a set, and holds what comes of them against the cache's entry.
    private mutating func decode(
        _ files: PictureFilesSurvey, _ split: ImageDataset.Split, _ settings: PictureSettings, _ pictures: PictureSet
    ) throws {
        let folder = files.listing.folder
        for file in files.unreadable { add("\(folder)/\(file.file)", file.reason, isBad: true) }
        let builder = PictureBuilder(
            listing: files.listing, settings: settings, skipsBad: true, threads: pictures.threads,
            progress: pictures.progress)
        let record: PictureRecord
        do {
            record = try builder.build { { _ in } }
        } catch DatasetError.noPictures {
            for file in files.badHeads { add("\(folder)/\(file.file)", file.reason, isBad: true) }
            add(split.rawValue, "no picture that can be read", isBad: true)
            return
        }
        for file in record.skipped { add("\(folder)/\(file.file)", file.reason, isBad: true) }
        add(split.rawValue, "\(counted(record.count, "picture")) decoded, pixels SHA-256 \(record.digest)")
        try compare(record, files.listing, settings)
    }

    private mutating func compare(
        _ record: PictureRecord, _ listing: PictureListing, _ settings: PictureSettings
    ) throws {
        guard let path = PictureCache.path(try PictureCache.key(listing, settings)) else { return }
        do {
            guard let (cached, pixels) = try PictureCache.open(path) else {
                add("cache", "no entry of these files as they are now")
                return
            }
            let digest = try pixels.digest()
            if digest != cached.digest {
                add("cache", "\(path): its bytes are no longer those that were written", isBad: true)
            } else if digest != record.digest || cached.files != record.files {
                add(
                    "cache",
                    "\(path): other images than the files have now, at the same sizes and times: vae data cache clear "
                        + "makes room for new ones", isBad: true)
            } else {
                add("cache", "\(path): these images, byte for byte")
            }
        } catch let error as FormatError {
            add("cache", "\(error)", isBad: true)
        }
    }
}

extension PixelFile {
    /// SHA-256 of all images' bytes.
    fileprivate func digest() throws -> String {
        let (digest, most) = (SHA256(), max(1, (1 << 20) / imageSize))
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: most * imageSize, alignment: 64)
        defer { bytes.deallocate() }
        for first in stride(from: 0, to: count, by: most) {
            let rows = first..<min(first + most, count)
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(rows.count * imageSize)])
            try read(rows, into: part)
            digest.add(UnsafeRawBufferPointer(part))
        }
        return digest.hex()
    }
}
