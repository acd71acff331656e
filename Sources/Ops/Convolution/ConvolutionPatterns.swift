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
    // Few output channels are added up where they belong, as a transposed convolution does it.
    if let convolution = site.nodes[0].op.unwrap(Conv2D.self), pooling == nil, memory.options.fuses,
        convolution.channels < Kernels.panel / 2, site.input.shape[2] >= Kernels.panel,
        convolution.isCropped(site.input.shape, factor: 1)
    {
        let (turned, _) = convolution.turned(nil, site.input.shape)
        return TransposedConvolutionStep(
            site.nodes[0], turned, turn: convolution.turn(site.input.shape), operations: turned.operations, activation,
            site, memory)
    }
    return ConvolutionStep(geometry, activation, pooling, site, memory)
}

/// The step of a transposed convolution, with an activation behind it where there is one.
func compileTransposedConvolution(_ site: Site, _ memory: MemoryPlan) -> any Step {
    let convolution = site.op(0, Conv2DTranspose.self)
    let geometry = convolution.geometry(site.input.shape)
    if geometry.groups > 1 { return GroupedConvolutionStep(geometry, isTransposed: true, site, memory) }
    var operations = geometry.operations
    // Behind an upsampling that it could take in, the least work is that of the strided layer.
    if let maker = site.maker, let upsampling = maker.op.unwrap(UpSampling2D.self), convolution.takesIn(upsampling) {
        operations = convolution.strided(upsampling, maker.inputs[0].shape).geometry.operations
    }
    return TransposedConvolutionStep(
        site.nodes[0], geometry, operations: operations, site.nodes.last!.op.unwrap(Activation.self), site, memory)
}

/// The step of an upsampling and the layer behind it as one of the upsampling's stride.
private func compileStrided(_ site: Site, _ memory: MemoryPlan) -> any Step {
    let (upsampling, input) = (site.op(0, UpSampling2D.self), site.input.shape)
    let activation = site.nodes.last!.op.unwrap(Activation.self)
    if let convolution = site.nodes[1].op.unwrap(Conv2D.self) {
        let (geometry, box) = convolution.turned(upsampling, input)
        return TransposedConvolutionStep(
            site.nodes[1], geometry, box: box, turn: convolution.turn(input), operations: geometry.operations,
            activation, site, memory)
    }
    let (geometry, box) = site.op(1, Conv2DTranspose.self).strided(upsampling, input)
    return TransposedConvolutionStep(
        site.nodes[1], geometry, box: box, operations: geometry.operations, activation, site, memory)
}

extension UpSampling2D {
    /// Whether the sum that is left of it is worth its while.
    fileprivate var isStride: Bool { interpolation == .nearest && (2...4).contains(factor) }
}

extension Conv2DTranspose {
    /// True where an upsampling before this layer can become its stride.
    func takesIn(_ upsampling: UpSampling2D) -> Bool {
        upsampling.isStride && window.isDense && window.padding == .valid && groups == 1
            && outputPaddingHeight + outputPaddingWidth == 0
    }
}

extension Pattern {
    /// A layer that multiplies and an activation of its output, which its step applies in place.
    private static func activated(_ kind: String) -> Pattern {
        Pattern(
            "\(kind) + activation", [kind, Activation.kind], fits: { $0.activation(1, after: 0) },
            backwardReads: .inputsAndOutput,
            compile: kind == Conv2DTranspose.kind ? compileTransposedConvolution : compileConvolution)
    }

    /// A pooling behind a convolution: its output is pooled in cache, before bias and activation.
    private static let pooled = Pattern(
        "conv2d + pool", [Conv2D.kind, MaxPooling2D.kind], fits: { $0.op(0, Conv2D.self).groups == 1 },
        backwardReads: .inputs, compile: compileConvolution)

    /// The same with a monotone activation between, which may as well come after the pooling.
    private static let pooledActivated = Pattern(
        "conv2d + activation + pool", [Conv2D.kind, Activation.kind, MaxPooling2D.kind],
        fits: { $0.op(0, Conv2D.self).groups == 1 && $0.op(1, Activation.self).isPooled },
        backwardReads: .inputsAndOutput, compile: compileConvolution)

    /// An upsampling and the layer behind it as one of its stride; left out where Winograd's form of the large image takes
    /// a quarter of the products less.
    private static func strided(_ kind: String, activated: Bool) -> Pattern {
        Pattern(
            "stride of " + kind + (activated ? " + activation" : ""),
            [UpSampling2D.kind, kind] + (activated ? [Activation.kind] : []),
            fits: { match in
                guard match.isStrided, !activated || match.activation(2, after: 1) else { return false }
                let plain = match.nodes[1].op.products(match.nodes[1].inputShapes, match.options)
                return 4 * Int64(plain) > 3 * Int64(match.stridedProducts)
            },
            products: { match, _ in match.stridedProducts },
            backwardReads: activated ? .inputsAndOutput : .inputs, compile: compileStrided)
    }

    static let convolutions: [Pattern] =
        [pooledActivated, pooled]
        + [Conv2DTranspose.kind, Conv2D.kind].flatMap { [strided($0, activated: true), strided($0, activated: false)] }
        + [activated(Conv2D.kind), activated(Conv2DTranspose.kind), activated(Dense.kind)]
}

extension Match {
    /// Whether the layer before it can apply an activation in place.
    fileprivate func activation(_ place: Int, after layer: Int) -> Bool {
        op(place, Activation.self).isInPlace(options)
            && (nodes[layer].op.unwrap(Conv2D.self)?.groups ?? 1) == 1
            && (nodes[layer].op.unwrap(Conv2DTranspose.self)?.groups ?? 1) == 1
    }

    /// Whether the upsampling can become the stride of the layer behind it.
    fileprivate var isStrided: Bool {
        let upsampling = op(0, UpSampling2D.self)
        if let convolution = nodes[1].op.unwrap(Conv2D.self) {
            return upsampling.isStride
                && convolution.isCropped(nodes[0].inputs[0].shape, factor: upsampling.factor)
        }
        return op(1, Conv2DTranspose.self).takesIn(upsampling)
    }

    /// Multiplications of an upsampling and the layer behind it as one.
    fileprivate var stridedProducts: Int {
        let (upsampling, input) = (op(0, UpSampling2D.self), nodes[0].inputs[0].shape)
        if let convolution = nodes[1].op.unwrap(Conv2D.self) {
            return convolution.turned(upsampling, input).geometry.products(options)
        }
        return op(1, Conv2DTranspose.self).strided(upsampling, input).geometry.products(options)
    }
}
