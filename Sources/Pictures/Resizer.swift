import CPictures

/// Resizes pictures one after the other, for one thread: memory and weights are kept for the next of the same size.
final class Resizer {
    private let filter: PictureSettings.Filter
    private let mode: PictureSettings.Mode
    private var across: Resampling?
    private var down: Resampling?
    private var betweenColumns: Interpolation?
    private var betweenRows: Interpolation?
    private let columns = Scratch()
    private let rows = Scratch()
    private let premultiplied = Scratch()
    private let result = Scratch()
    private let loops = PixelLoops.shared

    init(_ filter: PictureSettings.Filter, _ mode: PictureSettings.Mode) {
        (self.filter, self.mode) = (filter, mode)
    }

    /// Resizes a part of a picture.
    /// - Parameters:
    ///   - pixels: `placement.down.input` rows of `placement.across.input` pixels.
    ///   - channels: 1, 3, or 4 (RGBA).
    ///   - image: `placement.down.output` rows of `placement.across.output` pixels.
    func resize(
        _ pixels: UnsafePointer<UInt8>, channels: Int, _ placement: Placement, into image: UnsafeMutablePointer<UInt8>
    ) {
        let (across, down) = (placement.across, placement.down)
        if across.isIdentity, down.isIdentity {
            image.update(from: pixels, count: across.output * down.output * channels)
        } else if mode == .keras {
            interpolate(pixels, channels, across, down, image)
        } else if filter == .nearest {
            take(pixels, channels, Self.nearest(across), Self.nearest(down), width: across.input, image)
        } else if channels == 4 {
            // Colours count as much as they are seen.
            let count = across.input * down.input
            let source = premultiplied.bytes(4 * count).baseAddress!
            let target = result.bytes(4 * across.output * down.output).baseAddress!
            loops.premultiply(pixels, count, source)
            resample(source, channels, across, down, target)
            loops.unpremultiply(target, across.output * down.output, image)
        } else {
            resample(pixels, channels, across, down, image)
        }
    }

    /// Pillow's `ImagingResampleInner`: one side after the other, in bytes between the two.
    private func resample(
        _ pixels: UnsafePointer<UInt8>, _ channels: Int, _ acrossSide: Side, _ downSide: Side,
        _ image: UnsafeMutablePointer<UInt8>
    ) {
        let (width, newWidth) = (acrossSide.input, acrossSide.output)
        guard !acrossSide.isCut || !downSide.isCut else {
            cut(pixels, channels, acrossSide, downSide, image)
            return
        }
        if down?.side != downSide { down = Resampling(downSide, filter) }
        if across?.side != acrossSide { across = Resampling(acrossSide, filter) }
        let scratch = columns.bytes(16 * (width + newWidth) * channels).baseAddress!
        func resampleRows(_ source: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>) {
            across!.leavingOut(0) { loops.resample_rows(source, width, count, channels, &$0, target, scratch) }
        }
        func resampleColumns(
            _ source: UnsafePointer<UInt8>, _ width: Int, from first: Int, _ target: UnsafeMutablePointer<UInt8>
        ) {
            down!.leavingOut(first) { loops.resample_columns(source, width * channels, &$0, target) }
        }
        if acrossSide.isIdentity {
            resampleColumns(pixels, width, from: 0, image)
        } else if downSide.isIdentity {
            resampleRows(pixels, downSide.input, image)
        } else if downSide.shrinkage > 0, downSide.shrinkage > 2 * acrossSide.shrinkage {
            // Since Pillow 13, which so saves work; earlier ones begin with the rows always.
            let flat = rows.bytes(downSide.output * width * channels).baseAddress!
            resampleColumns(pixels, width, from: 0, flat)
            resampleRows(flat, downSide.output, image)
        } else {
            let needed = down!.needed
            let narrow = rows.bytes(needed.count * newWidth * channels).baseAddress!
            resampleRows(pixels + needed.lowerBound * width * channels, needed.count, narrow)
            resampleColumns(narrow, newWidth, from: needed.lowerBound, image)
        }
    }

    /// A part of whole pixels, as it is.
    private func cut(
        _ pixels: UnsafePointer<UInt8>, _ channels: Int, _ across: Side, _ down: Side,
        _ image: UnsafeMutablePointer<UInt8>
    ) {
        let row = across.output * channels
        for y in 0..<down.output {
            let start = (Int(down.start) + y) * across.input + Int(across.start)
            (image + y * row).update(from: pixels + start * channels, count: row)
        }
    }

    /// Pixels at places of a table.
    private func take(
        _ pixels: UnsafePointer<UInt8>, _ channels: Int, _ across: [Int], _ down: [Int], width: Int,
        _ image: UnsafeMutablePointer<UInt8>
    ) {
        var target = image
        for y in down {
            let row = pixels + y * width * channels
            for x in across {
                for channel in 0..<channels { target[channel] = row[x * channels + channel] }
                target += channels
            }
        }
    }

    /// Pillow's `ImagingScaleAffine`, which adds step to step.
    private static func nearest(_ side: Side) -> [Int] {
        let step = Double(side.end - side.start) / Double(side.output)
        var place = Double(side.start) + step * 0.5
        return (0..<side.output).map { _ in
            defer { place += step }
            return min(Int(place), side.input - 1)
        }
    }

    // MARK: TensorFlow's

    /// `tf.image.resize` of the part, without antialiasing, pixel centres at halves.
    private func interpolate(
        _ pixels: UnsafePointer<UInt8>, _ channels: Int, _ across: Side, _ down: Side,
        _ image: UnsafeMutablePointer<UInt8>
    ) {
        if filter == .nearest {
            take(pixels, channels, Self.nearestHalf(across), Self.nearestHalf(down), width: across.input, image)
            return
        }
        if betweenRows?.side != down { betweenRows = Interpolation(down) }
        if betweenColumns?.side != across { betweenColumns = Interpolation(across) }
        betweenRows!.withTable { fall in
            betweenColumns!.withTable { loops.interpolate(pixels, across.input, channels, &fall, &$0, image) }
        }
    }

    private static func nearestHalf(_ side: Side) -> [Int] {
        let last = Int(side.end - side.start) - 1
        let scale = (side.end - side.start) / Float(side.output)
        return (0..<side.output).map {
            Int(side.start) + min(Int(((Float($0) + 0.5) * scale).rounded(.down)), last)
        }
    }
}
