import ArgumentParser
import Settings
import VAE

/// How pictures and arrays become images; what is left out stays as the recipe, or the run, has it.
struct ReadingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Resize pictures: to a square of so many pixels, or to HEIGHTxWIDTH. Needed where they are of several sizes.",
            valueName: "pixels"),
        transform: Self.size)
    var size: PictureSettings.Size?

    @Option(
        help: """
            What becomes of pictures of another ratio than --size: 'crop' takes the largest part from the middle, 'pad' \
            puts black beside, 'stretch' pulls.
            """)
    var fit: PictureSettings.Fit?

    @Option(
        help: """
            How pictures are resized: 'bilinear' if left out, with antialiasing as Pillow has it; 'nearest', 'box', \
            'bicubic' or 'lanczos'.
            """)
    var filter: PictureSettings.Filter?

    @Flag(help: "Make pictures grey.")
    var grey = false

    @Flag(help: "Make pictures RGB, also where all of them are grey.")
    var rgb = false

    @Option(
        help: """
            What becomes of transparency: 'drop' shows the colour that is stored under it, 'white' and 'black' lay the \
            picture over that, 'keep' makes RGBA images.
            """)
    var alpha: PictureSettings.Alpha?

    @Option(help: "Whether EXIF turns pictures: 'ignore' takes them as stored, 'apply' turns them.")
    var orientation: PictureSettings.Orientation?

    @Option(
        help: """
            Whose pixels they are, to the unit: 'pillow' (torchvision's folders), or 'keras' \
            (image_dataset_from_directory on TensorFlow: another JPEG decoder, no antialiasing).
            """)
    var pixels: PictureSettings.Mode?

    @Flag(help: "Leave out pictures that cannot be read, and list them.")
    var skipBad = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Which floats of a NumPy array are black and white, as in 0..1 or -1..1.", valueName: "low..high"),
        transform: Self.range)
    var pixelRange: ClosedRange<Double>?

    private static func size(_ argument: String) throws -> PictureSettings.Size {
        let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        let range = 1...PictureSettings.largestSide
        guard (1...2).contains(sides.count), sides.allSatisfy(range.contains) else {
            throw Number.Expected("pixels from 1 to \(range.upperBound), as in 64, or HEIGHTxWIDTH, as in 48x64")
        }
        return PictureSettings.Size(height: sides[0], width: sides[sides.count - 1])
    }

    private static func range(_ argument: String) throws -> ClosedRange<Double> {
        let ends = argument.replacing("..", with: " ").split(separator: " ").compactMap { Double($0) }
        guard ends.count == 2, ends[0] < ends[1], ends.allSatisfy(\.isFinite) else {
            throw Number.Expected("two numbers, the smaller first, as in 0..1")
        }
        return ends[0]...ends[1]
    }

    func validate() throws {
        if grey, rgb { throw ValidationError("--grey and --rgb exclude each other.") }
    }

    /// Puts what was given in the place of what was there.
    func apply(to reading: inout ImageReading) {
        if let size { reading.pictures.size = size }
        if let fit { reading.pictures.fit = fit }
        if let filter { reading.pictures.filter = filter }
        if grey { reading.pictures.colour = .grey }
        if rgb { reading.pictures.colour = .rgb }
        if let alpha { reading.pictures.alpha = alpha }
        if let orientation { reading.pictures.orientation = orientation }
        if let pixels { reading.pictures.mode = pixels }
        if skipBad { reading.skipsBad = true }
        if let pixelRange { reading.floatRange = pixelRange }
    }
}

extension PictureSettings.Fit: ExpressibleByArgument {}
extension PictureSettings.Filter: ExpressibleByArgument {}
extension PictureSettings.Alpha: ExpressibleByArgument {}
extension PictureSettings.Orientation: ExpressibleByArgument {}
extension PictureSettings.Mode: ExpressibleByArgument {}
