import Graphs
import Settings
import Tensors

/// The window that a kernel slides by: what a convolution and a transposed one have in common.
public struct KernelWindow: Hashable, Sendable {
    /// Height and width in pixels.
    public var height, width: Int
    /// Pixels of the larger image from one window to the next, down and across.
    public var strideHeight, strideWidth: Int
    /// What happens at the larger image's border.
    public var padding: Padding

    /// A window of `height` × `width` pixels.
    public init(height: Int, width: Int, strideHeight: Int = 1, strideWidth: Int = 1, padding: Padding = .valid) {
        self.height = height
        self.width = width
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.padding = padding
    }

    /// A square window, and the same stride both ways.
    public init(_ size: Int, stride: Int = 1, padding: Padding = .valid) {
        self.init(height: size, width: size, strideHeight: stride, strideWidth: stride, padding: padding)
    }

    var isDense: Bool { strideHeight == 1 && strideWidth == 1 }

    mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.pair("kernel", &height, &width, 1...Graph.mostWindow)
        try visit.pair("stride", &strideHeight, &strideWidth, 1...Graph.mostWindow)
        try visit.value("padding", &padding, Padding.words, read: { Padding($0) }, write: { $0.json })
    }

    func require(_ op: String) throws(GraphError) {
        let extents = [height, width, strideHeight, strideWidth]
        try GraphError.require(extents.allSatisfy { $0 > 0 }, op, "kernel and stride must be at least 1")
        try GraphError.require(
            extents.allSatisfy { $0 <= Graph.mostWindow }, op,
            "kernel and stride must be at most \(Graph.mostWindow)")
    }

    /// As an error shows it: `5×3`.
    var size: String { "\(height)×\(width)" }
}
