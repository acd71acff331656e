import Graphs
import Tensors

/// A convolution or a dense layer as a correlation from its input to its output.
private func geometry(_ node: Graph.Node) -> ConvolutionGeometry {
    let input = node.inputs[0].shape
    if let convolution = node.op.unwrap(Conv2D.self) { return convolution.geometry(input) }
    return node.op.unwrap(Dense.self)!.geometry(input)
}

/// The step of a convolution or dense layer, with an activation and a pooling behind it where there are any.
func compileConvolution(_ site: Site, _ memory: MemoryPlan) -> any Step {
    let geometry = geometry(site.nodes[0])
    if geometry.groups > 1 { return GroupedConvolutionStep(geometry, isTransposed: false, site, memory) }
    var (activation, pooling): (Activation?, MaxPooling2D?) = (nil, nil)
    for node in site.nodes.dropFirst() {
        activation = node.op.unwrap(Activation.self) ?? activation
        pooling = node.op.unwrap(MaxPooling2D.self) ?? pooling
    }
    return ConvolutionStep(geometry, activation, pooling, site, memory)
}

/// The step of a transposed convolution, with an upsampling before and an activation behind it where there are any.
func compileTransposedConvolution(_ site: Site, _ memory: MemoryPlan) -> any Step {
    let place = site.nodes.firstIndex { $0.op.kind == Conv2DTranspose.kind }!
    let (node, activation) = (site.nodes[place], site.nodes.last!.op.unwrap(Activation.self))
    let convolution = node.op.unwrap(Conv2DTranspose.self)!
    guard place > 0, let upsampling = site.nodes[0].op.unwrap(UpSampling2D.self) else {
        let geometry = convolution.geometry(site.input.shape)
        if geometry.groups > 1 { return GroupedConvolutionStep(geometry, isTransposed: true, site, memory) }
        // Behind an upsampling that it could take in, the least work is the folded layer's.
        let before = site.maker?.op.unwrap(UpSampling2D.self)
        let least = before.flatMap { upsampling in
            convolution.takesIn(upsampling)
                ? convolution.folded(upsampling, site.maker!.inputs[0].shape).0.geometry(site.maker!.inputs[0].shape)
                : nil
        }
        return TransposedConvolutionStep(
            node, geometry, fold: nil, operations: (least ?? geometry).operations, activation, site, memory)
    }
    let (folded, fold) = convolution.folded(upsampling, site.input.shape)
    let geometry = folded.geometry(site.input.shape)
    return TransposedConvolutionStep(
        node, geometry, fold: fold, operations: geometry.operations, activation, site, memory)
}

extension Conv2DTranspose {
    /// True where an upsampling before this layer can become part of its kernel.
    func takesIn(_ upsampling: UpSampling2D) -> Bool {
        // A larger factor would make a kernel many times the layer's own.
        upsampling.interpolation == .nearest && window.isDense && window.isSquare && window.padding == .valid
            && groups == 1
            && outputPaddingHeight + outputPaddingWidth == 0 && (2...4).contains(upsampling.factor)
    }

    /// The layer with an upsampling before it as one of the upsampling's stride, and how its kernel is made.
    func folded(_ upsampling: UpSampling2D, _ input: Shape) -> (Conv2DTranspose, Fold) {
        let fold = Fold(kernel: window.height, factor: upsampling.factor, tap: channels * input[2])
        var folded = self
        folded.window = KernelWindow(fold.folded, stride: upsampling.factor)
        return (folded, fold)
    }
}

extension Pattern {
    /// A layer that multiplies and an activation of its output, which its step applies in place.
    private static func activated(_ kind: String) -> Pattern {
        Pattern(
            "\(kind) + activation", [kind, Activation.kind], fits: { $0.activation(1, after: 0) },
            compile: kind == Conv2DTranspose.kind ? compileTransposedConvolution : compileConvolution)
    }

    /// A pooling behind a convolution: its output is pooled in cache, before bias and activation.
    private static let pooled = Pattern(
        "conv2d + pool", [Conv2D.kind, MaxPooling2D.kind], fits: { $0.op(0, Conv2D.self).groups == 1 },
        compile: compileConvolution)

    /// The same with a monotone activation between, which may as well come after the pooling.
    private static let pooledActivated = Pattern(
        "conv2d + activation + pool", [Conv2D.kind, Activation.kind, MaxPooling2D.kind],
        fits: { $0.op(0, Conv2D.self).groups == 1 && $0.op(1, Activation.self).isPooled },
        compile: compileConvolution)

    /// Upsampling and a transposed convolution as one of a larger kernel and stride; left out where Winograd's form of
    /// the large image takes a quarter of the products less.
    private static func folded(_ name: String, _ kinds: [String]) -> Pattern {
        Pattern(
            name, kinds,
            fits: { match in
                let (upsampling, convolution) = (match.op(0, UpSampling2D.self), match.op(1, Conv2DTranspose.self))
                guard convolution.takesIn(upsampling), kinds.count == 2 || match.activation(2, after: 1) else {
                    return false
                }
                let plain = convolution.geometry(match.nodes[1].inputs[0].shape).products(match.options)
                return 4 * plain > 3 * match.foldedProducts
            },
            products: { match, _ in match.foldedProducts }, compile: compileTransposedConvolution)
    }

    static let convolutions: [Pattern] = [
        pooledActivated, pooled,
        folded("fold + activation", [UpSampling2D.kind, Conv2DTranspose.kind, Activation.kind]),
        folded("fold", [UpSampling2D.kind, Conv2DTranspose.kind]),
        activated(Conv2D.kind), activated(Conv2DTranspose.kind), activated(Dense.kind),
    ]
}

extension Match {
    /// Whether the layer before it can apply an activation in place.
    fileprivate func activation(_ place: Int, after layer: Int) -> Bool {
        op(place, Activation.self).isInPlace(options)
            && (nodes[layer].op.unwrap(Conv2D.self)?.groups ?? 1) == 1
            && (nodes[layer].op.unwrap(Conv2DTranspose.self)?.groups ?? 1) == 1
    }

    /// Multiplications of an upsampling and a transposed convolution as one.
    fileprivate var foldedProducts: Int {
        let input = nodes[0].inputs[0].shape
        let (folded, _) = op(1, Conv2DTranspose.self).folded(op(0, UpSampling2D.self), input)
        return folded.geometry(input).products(options)
    }
}
