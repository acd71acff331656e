import Datasets
import Pictures
import Settings

extension ImageReading {
    /// How `data` in a recipe says it: `size: 64`, `fit: pad`, `colour: grey`, `skip_bad: true`.
    mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        let sides = 1...PictureSettings.largestSide
        try visit.optional(
            "size", &pictures.size, "a whole number of pixels up to \(sides.upperBound), or a list of height and width",
            read: { json in
                let found = json.whole.map { [$0, $0] } ?? json.wholes ?? []
                guard found.count == 2, found.allSatisfy(sides.contains) else { return nil }
                return PictureSettings.Size(height: found[0], width: found[1])
            },
            write: { .array([.integer($0.height), .integer($0.width)]) })
        try visit.choice("fit", &pictures.fit)
        try visit.choice("filter", &pictures.filter)
        try visit.choice("colour", &pictures.colour)
        try visit.choice("alpha", &pictures.alpha)
        try visit.choice("orientation", &pictures.orientation)
        try visit.choice("pixels", &pictures.mode)
        try visit.flag("skip_bad", &skipsBad)
        try visit.optional(
            "pixel_range", &floatRange, "a list of two numbers, that of black and that of white",
            read: { json in
                let ends = json.array?.compactMap { $0.number } ?? []
                guard ends.count == 2, ends[0] < ends[1] else { return nil }
                return ends[0]...ends[1]
            },
            write: { .array([.number($0.lowerBound), .number($0.upperBound)]) })
    }
}
