import Pictures

/// How images are read, where their form leaves a choice.
public struct ImageReading: Hashable, Sendable {
    /// What picture files become.
    public var pictures = PictureSettings()
    /// Leaves bad picture files out, and lists them, instead of refusing the set.
    public var skipsBad = false
    /// Which floats of an array stand for black and white; nil where nobody has said.
    public var floatRange: ClosedRange<Double>?

    /// Pictures as their files store them.
    public init() {}
}

extension ImageReading: Codable {
    private enum CodingKeys: String, CodingKey {
        case pictures
        case skipsBad = "skip_bad"
        case floatRange = "pixel_range"
    }

    /// Reads what differs from the usual.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        if let pictures = try values.decodeIfPresent(PictureSettings.self, forKey: .pictures) {
            self.pictures = pictures
        }
        skipsBad = try values.decodeIfPresent(Bool.self, forKey: .skipsBad) ?? false
        if let ends = try values.decodeIfPresent([Double].self, forKey: .floatRange) {
            guard ends.count == 2, ends[0] < ends[1] else {
                throw DecodingError.dataCorruptedError(
                    forKey: .floatRange, in: values, debugDescription: "a range is two numbers, the smaller first")
            }
            floatRange = ends[0]...ends[1]
        }
    }

    /// Writes what differs from the usual.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        if pictures != PictureSettings() { try values.encode(pictures, forKey: .pictures) }
        if skipsBad { try values.encode(true, forKey: .skipsBad) }
        try values.encodeIfPresent(floatRange.map { [$0.lowerBound, $0.upperBound] }, forKey: .floatRange)
    }
}
