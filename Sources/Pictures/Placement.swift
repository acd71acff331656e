/// Which part of a picture is taken, and where it stands in the image that is made.
struct Placement: Hashable {
    /// From left to right, and from top to bottom.
    let across, down: Side
    /// Pixels of the image left of the part, and above it.
    let left, top: Int

    private init(across: Side, down: Side, left: Int = 0, top: Int = 0) {
        (self.across, self.down, self.left, self.top) = (across, down, left, top)
    }

    /// The part and its place.
    /// - Parameters:
    ///   - width: Of the picture, as is `height`.
    ///   - size: Of the image.
    init(
        width: Int, height: Int, to size: PictureSettings.Size, _ fit: PictureSettings.Fit, _ mode: PictureSettings.Mode
    ) {
        switch (fit, mode) {
        case (.stretch, _):
            self.init(across: Side(width, to: size.width), down: Side(height, to: size.height))
        case (.crop, .pillow): self = .pillowFit(width, height, size)
        case (.pad, .pillow): self = .pillowPad(width, height, size)
        case (.crop, .keras): self = .kerasCrop(width, height, size)
        case (.pad, .keras): self = .kerasPad(width, height, size)
        }
    }

    /// Pillow's `ImageOps.fit`: the part has the image's ratio exactly, so that its edges may lie within pixels.
    private static func pillowFit(_ width: Int, _ height: Int, _ size: PictureSettings.Size) -> Placement {
        let (ratio, wanted) = (Double(width) / Double(height), Double(size.width) / Double(size.height))
        var (cropWidth, cropHeight) = (Double(width), Double(height))
        if ratio > wanted {
            cropWidth = wanted * Double(height)
        } else if ratio < wanted {
            cropHeight = Double(width) / wanted
        }
        let left = (Double(width) - cropWidth) * 0.5
        let top = (Double(height) - cropHeight) * 0.5
        return Placement(
            across: Side(width, Float(left), min(Float(left + cropWidth), Float(width)), to: size.width),
            down: Side(height, Float(top), min(Float(top + cropHeight), Float(height)), to: size.height))
    }

    /// The part and place of Pillow's `ImageOps.pad`, but that a picture so narrow that nothing would be left of it keeps a
    /// pixel.
    private static func pillowPad(_ width: Int, _ height: Int, _ size: PictureSettings.Size) -> Placement {
        func half(_ rest: Int) -> Int { Int((Double(rest) * 0.5).rounded(.toNearestOrEven)) }
        let (ratio, wanted) = (Double(width) / Double(height), Double(size.width) / Double(size.height))
        var inner = size
        if ratio > wanted {
            inner.height = Int((Double(height) / Double(width) * Double(size.width)).rounded(.toNearestOrEven))
        } else if ratio < wanted {
            inner.width = Int((Double(width) / Double(height) * Double(size.height)).rounded(.toNearestOrEven))
        }
        inner.width = max(1, inner.width)
        inner.height = max(1, inner.height)
        return Placement(
            across: Side(width, to: inner.width), down: Side(height, to: inner.height),
            left: half(size.width - inner.width), top: half(size.height - inner.height))
    }

    /// Keras's `smart_resize`: whole pixels, in its Float32.
    private static func kerasCrop(_ width: Int, _ height: Int, _ size: PictureSettings.Size) -> Placement {
        let cropHeight = max(1, min(height, Int(Float(width * size.height) / Float(size.width))))
        let cropWidth = max(1, min(width, Int(Float(height * size.width) / Float(size.height))))
        let (left, top) = ((width - cropWidth) / 2, (height - cropHeight) / 2)
        return Placement(
            across: Side(width, Float(left), Float(left + cropWidth), to: size.width),
            down: Side(height, Float(top), Float(top + cropHeight), to: size.height))
    }

    /// TensorFlow's `resize_with_pad`, in its Float32.
    private static func kerasPad(_ width: Int, _ height: Int, _ size: PictureSettings.Size) -> Placement {
        let ratio = max(Float(width) / Float(size.width), Float(height) / Float(size.height))
        let (innerHeight, innerWidth) = (Float(height) / ratio, Float(width) / ratio)
        let top = max(0, Int(((Float(size.height) - innerHeight) / 2).rounded(.down)))
        let left = max(0, Int(((Float(size.width) - innerWidth) / 2).rounded(.down)))
        return Placement(
            across: Side(width, to: max(1, Int(innerWidth))), down: Side(height, to: max(1, Int(innerHeight))),
            left: left, top: top)
    }
}
