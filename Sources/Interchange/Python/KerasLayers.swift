import Graphs
import Ops
import Tensors

/// Layers as Keras 3 writes them: lines of a functional model.
enum KerasLayers {
    /// The lines that compute a layer, with the output's shape as a comment behind the last.
    static func statements(_ line: PartLines.Line) -> [String] {
        var lines: [String] = []
        var x = line.inputs.count == 1 ? line.input : "[\(line.inputs.joined(separator: ", "))]"
        func apply(_ layer: String, to output: String = "x") {
            lines.append("\(output) = \(layer)(\(x))")
            x = output
        }
        if let zeros = padding(line) { apply(Python.call("layers.ZeroPadding2D", sides(zeros))) }
        let (crop, own) = (cropping(line), line.activation.flatMap(layer))
        apply(layer(line), to: crop == nil && own == nil ? line.output : "x")
        if let crop { apply(Python.call("layers.Cropping2D", sides(crop)), to: own == nil ? line.output : "x") }
        if let own { apply(own, to: line.output) }
        lines[lines.count - 1] += "  # \(line.outputShape)"
        return lines
    }

    /// Zeros around the input that the layer itself does not have.
    private static func padding(_ line: PartLines.Line) -> Borders? {
        if let conv = line.node.op.unwrap(Conv2D.self), conv.window.padding != .same {
            let borders = conv.borders(of: line.inputShapes[0])
            return borders.isNone ? nil : borders
        } else if let conv = line.node.op.unwrap(Conv2DTranspose.self), !conv.isKerass {
            let (down, across) = conv.axes(of: line.inputShapes[0])
            let borders = Borders(bottom: down.moreInput, right: across.moreInput)
            return borders.isNone ? nil : borders
        }
        return nil
    }

    /// What goes of the output that the layer itself makes.
    private static func cropping(_ line: PartLines.Line) -> Borders? {
        guard let conv = line.node.op.unwrap(Conv2DTranspose.self), !conv.isKerass else { return nil }
        let (down, across) = conv.axes(of: line.inputShapes[0])
        let borders = Borders(
            top: down.before, bottom: down.afterMore + down.kerasMakesMore, left: across.before,
            right: across.afterMore + across.kerasMakesMore)
        return borders.isNone ? nil : borders
    }

    /// `((1, 2), (0, 0))`, or one number for all sides.
    private static func sides(_ borders: Borders) -> String {
        borders.isEven && borders.top == borders.left
            ? "\(borders.top)" : "((\(borders.top), \(borders.bottom)), (\(borders.left), \(borders.right)))"
    }

    private static func layer(_ line: PartLines.Line) -> String {
        let (op, name) = (line.node.op, "name=\"\(line.name)\"")
        // A function in a layer of its own stands behind it.
        let activation = line.activation.flatMap { layer($0) == nil ? "activation=\"\(word($0))\"" : nil }
        if let dense = op.unwrap(Dense.self) {
            return Python.call("layers.Dense", "\(dense.units)", activation, bias(dense.bias), name)
        } else if let conv = op.unwrap(Conv2D.self) {
            return Python.call(
                "layers.Conv2D", "\(conv.channels)", Python.pair(conv.window.height, conv.window.width),
                stride(conv.window), conv.window.padding == .same ? "padding=\"same\"" : nil,
                conv.groups == 1 ? nil : "groups=\(conv.groups)", activation, bias(conv.bias), name)
        } else if let conv = op.unwrap(Conv2DTranspose.self) {
            return Python.call(
                conv.groups == 1 ? "layers.Conv2DTranspose" : "GroupedConv2DTranspose", "\(conv.channels)",
                Python.pair(conv.window.height, conv.window.width), stride(conv.window),
                conv.window.padding == .same ? "padding=\"same\"" : nil,
                conv.groups == 1 ? nil : "groups=\(conv.groups)", activation, bias(conv.bias), name)
        } else if let norm = op.unwrap(GroupNorm.self) {
            return Python.call("layers.GroupNormalization", "\(norm.groups)", "epsilon=\(norm.epsilon)", name)
        } else if let norm = op.unwrap(LayerNorm.self) {
            return Python.call("layers.LayerNormalization", "epsilon=\(norm.epsilon)", name)
        } else if let pool = op.unwrap(MaxPooling2D.self) {
            return Python.call("layers.MaxPooling2D", Python.pair(pool.height, pool.width))
        } else if let pool = op.unwrap(AveragePooling2D.self) {
            return Python.call("layers.AveragePooling2D", Python.pair(pool.height, pool.width))
        } else if op.unwrap(GlobalAveragePooling2D.self) != nil {
            return "layers.GlobalAveragePooling2D()"
        } else if let up = op.unwrap(UpSampling2D.self) {
            return Python.call("layers.UpSampling2D", "\(up.factor)", "interpolation=\"\(up.interpolation.rawValue)\"")
        } else if let dropout = op.unwrap(Dropout.self) {
            return Python.call("layers.Dropout", "\(dropout.rate)")
        } else if let crop = op.unwrap(Crop.self) {
            return Python.call("layers.Cropping2D", sides(crop.borders(of: line.inputShapes[0])))
        } else if let activation = op.unwrap(Activation.self) {
            return layer(activation) ?? Python.call("layers.Activation", "\"\(word(activation))\"")
        } else if op.isAlias {
            return line.outputShape.rank == 1
                ? "layers.Flatten()" : Python.call("layers.Reshape", Python.tuple(line.outputShape.dimensions))
        } else if op.unwrap(Add.self) != nil {
            return "layers.Add()"
        } else if op.unwrap(Multiply.self) != nil {
            return "layers.Multiply()"
        } else if op.unwrap(Concatenate.self) != nil {
            return "layers.Concatenate()"
        }
        fatalError("Keras's writer does not know \(op.kind)")
    }

    private static func stride(_ window: KernelWindow) -> String? {
        let stride = Python.pair(window.strideHeight, window.strideWidth)
        return stride == "1" ? nil : "strides=" + stride
    }

    private static func bias(_ has: Bool) -> String? { has ? nil : "use_bias=False" }

    /// A function that Keras's own word would not say all of; nil where it does.
    private static func layer(_ activation: Activation) -> String? {
        switch activation.function {
        case .leakyRelu: Python.call("layers.LeakyReLU", "negative_slope=\(activation.parameter)")
        case .elu where activation.parameter != 1: Python.call("layers.ELU", "alpha=\(activation.parameter)")
        case .geluTanh: Python.call("layers.Activation", "gelu_tanh")
        default: nil
        }
    }

    /// Keras's word for a function; its `gelu` is the exact one.
    private static func word(_ activation: Activation) -> String { activation.function.rawValue }

    /// What a file needs beside Keras's own layers.
    static func helpers(_ lines: [PartLines.Line]) -> [String] {
        let activations = lines.flatMap { [$0.activation, $0.node.op.unwrap(Activation.self)] }
        let isGrouped = lines.contains { ($0.node.op.unwrap(Conv2DTranspose.self)?.groups ?? 1) > 1 }
        return (activations.contains { $0?.function == .geluTanh } ? [geluTanh] : [])
            + (isGrouped ? [groupedConv2DTranspose] : [])
    }

    private static let geluTanh = """
        @keras.saving.register_keras_serializable()
        def gelu_tanh(x):
            \"""GELU by a tanh; Keras's own word "gelu" is the exact one.\"""
            return keras.activations.gelu(x, approximate=True)
        """

    private static let groupedConv2DTranspose = """
        @keras.saving.register_keras_serializable()
        class GroupedConv2DTranspose(layers.Layer):
            \"""A transposed convolution in groups of channels, which Keras has not: kernel [height, width, out / groups, in].\"""

            def __init__(
                self, filters, kernel_size, strides=1, padding="valid", groups=1, activation=None, use_bias=True, **rest
            ):
                super().__init__(**rest)
                self.filters, self.strides, self.padding, self.groups = filters, strides, padding, groups
                self.kernel_size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
                self.activation, self.use_bias = keras.activations.get(activation), use_bias

            def build(self, shape):
                self.kernel = self.add_weight(
                    shape=(*self.kernel_size, self.filters // self.groups, shape[-1]), name="kernel"
                )
                if self.use_bias:
                    self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

            def call(self, x):
                parts = zip(ops.split(x, self.groups, axis=-1), ops.split(self.kernel, self.groups, axis=-1))
                made = [ops.conv_transpose(part, kernel, self.strides, self.padding) for part, kernel in parts]
                x = ops.concatenate(made, axis=-1)
                return self.activation(x + self.bias if self.use_bias else x)
        """
}

extension Conv2DTranspose {
    /// Whether Keras's own words say its output: `valid`, or `same` of an output as large as the input times the stride.
    fileprivate var isKerass: Bool {
        switch window.padding {
        case .same: true
        case .valid: outputPaddingHeight == 0 && outputPaddingWidth == 0
        case .explicit: false
        }
    }
}

extension TransposedAxis {
    /// Pixels behind the sum of all windows that Keras's `valid` has where the stride is larger than the kernel.
    fileprivate var kerasMakesMore: Int { max(stride - kernel, 0) }
}
