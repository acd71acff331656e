/// Turns and mirrors pictures as EXIF asks.
enum Turn {
    /// Copies a picture so that its upper edge is up.
    /// - Parameters:
    ///   - orientation: 2 to 8 (EXIF 2.32): what the stored picture is, seen from the upright one.
    ///   - target: As many bytes as the picture has.
    /// - Returns: Width and height of the upright picture.
    static func turn(
        _ pixels: UnsafePointer<UInt8>, _ width: Int, _ height: Int, _ channels: Int, _ orientation: Int,
        into target: UnsafeMutablePointer<UInt8>
    ) -> (width: Int, height: Int) {
        // Where the first pixel comes from, and how far the next to the right and below are, in stored pixels.
        let (right, bottom) = (width - 1, (height - 1) * width)
        let (start, across, down) =
            switch orientation {
            case 2: (right, -1, width)
            case 3: (bottom + right, -1, -width)
            case 4: (bottom, 1, -width)
            case 5: (0, width, 1)
            case 6: (bottom, -width, 1)
            case 7: (bottom + right, -width, -1)
            default: (right, width, -1)
            }
        let size = orientation > 4 ? (width: height, height: width) : (width: width, height: height)
        var place = target
        for y in 0..<size.height {
            for x in 0..<size.width {
                let from = pixels + (start + y * down + x * across) * channels
                for channel in 0..<channels { place[channel] = from[channel] }
                place += channels
            }
        }
        return size
    }
}
