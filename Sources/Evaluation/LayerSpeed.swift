import Graphs

/// How fast one layer runs on its own, all threads at it at once.
public struct LayerSpeed: Hashable, Sendable, Codable {
    /// The network's name and the layer's, such as `encoder/conv2d`.
    public var name: String
    /// Microseconds an image.
    public var forward, backward: Double
    /// Useful work in GFLOP/s, counted as the layer is written: a rewrite that does with less may pass the peak.
    public var forwardGigaflops, backwardGigaflops: Double

    private enum CodingKeys: String, CodingKey {
        case name
        case forward = "forward_us"
        case backward = "backward_us"
        case forwardGigaflops = "forward_gflops"
        case backwardGigaflops = "backward_gflops"
    }

    init(_ time: OperationTime) {
        name = time.name
        forward = time.forwardSeconds * 1e6
        backward = time.backwardSeconds * 1e6
        forwardGigaflops = Double(time.forwardOperations) / time.forwardSeconds / 1e9
        backwardGigaflops = Double(time.backwardOperations) / time.backwardSeconds / 1e9
    }
}
