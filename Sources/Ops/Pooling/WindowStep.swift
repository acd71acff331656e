import Graphs
import Tensors

extension Window {
    /// Windows of a size over an image [height, width, channels].
    init(_ height: Int, _ width: Int, of image: Shape) {
        self.init(
            height: image[0], width: image[1], channels: image[2], windowHeight: height, windowWidth: width)
    }
}

/// What is linear between each window and one pixel: a mean, or an upsampling.
final class WindowStep: Step {
    enum Kind {
        case average, nearest, bilinear
    }

    let layers: [String]
    private let kind: Kind
    private let window: Window
    private let input, output: Slot
    private let write: GradientWrite

    init(_ kind: Kind, _ window: Window, _ site: Site) {
        layers = site.layers
        (self.kind, self.window) = (kind, window)
        (input, output, write) = (site.input, site.output, site.gradients[0])
    }

    func forward(_ lane: Lane) {
        for image in 0..<lane.images {
            let (from, to) = (input.values(lane) + image * input.count, output.values(lane) + image * output.count)
            switch kind {
            case .average: Kernels.shared.averagePool(into: to, from: from, window)
            case .nearest: Kernels.shared.upsample(into: to, from: from, window)
            case .bilinear: Kernels.shared.upsampleBilinear(into: to, from: from, window)
            }
        }
    }

    func backward(_ lane: Lane) {
        guard write != .none, let dInput = input.gradients(lane), let dOutput = output.gradients(lane) else { return }
        let adding = write == .add
        for image in 0..<lane.images {
            let (to, from) = (dInput + image * input.count, dOutput + image * output.count)
            switch kind {
            case .average: Kernels.shared.averagePoolBackward(into: to, from: from, window, adding: adding)
            case .nearest: Kernels.shared.upsampleBackward(into: to, from: from, window, adding: adding)
            case .bilinear: Kernels.shared.upsampleBilinearBackward(into: to, from: from, window, adding: adding)
            }
        }
    }
}
