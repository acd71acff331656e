import Tensors

/// Copies an image into the middle of a larger one, or back out of it.
struct Frame: Sendable {
    let inner: (height: Int, width: Int)
    let outer: (height: Int, width: Int)
    let top, left, channels: Int

    /// False where inner and outer are the same, and no copy is needed.
    var exists: Bool { inner != outer }
    /// The inner image alone.
    var cropped: Frame { Frame(inner: inner, outer: inner, top: 0, left: 0, channels: channels) }
    var outerCount: Int { outer.height * outer.width * channels }

    private func eachLine(_ images: Int, _ body: (_ inner: Int, _ outer: Int, _ count: Int) -> Void) {
        let line = inner.width * channels
        for image in 0..<images {
            for y in 0..<inner.height {
                let to = ((image * outer.height + y + top) * outer.width + left) * channels
                body((image * inner.height + y) * line, to, line)
            }
        }
    }

    /// The border of `large` is left as it is.
    func insert(_ small: Floats, into large: Floats, images: Int) {
        eachLine(images) { (large + $1).update(from: small + $0, count: $2) }
    }

    func insertAdding(_ small: Floats, into large: Floats, images: Int) {
        eachLine(images) { Kernels.shared.add(small + $0, to: large + $1, count: $2) }
    }

    func extract(_ small: Floats, from large: Floats, images: Int) {
        eachLine(images) { (small + $0).update(from: large + $1, count: $2) }
    }

    func extractAdding(_ small: Floats, from large: Floats, images: Int) {
        eachLine(images) { Kernels.shared.add(large + $1, to: small + $0, count: $2) }
    }
}
