import Graphs
import Ops
import Tensors

/// Layers as PyTorch writes them: a declaration in `__init__`, and lines of `forward`.
struct PyTorchLayers {
    /// Flattenings and reshapes that go pixel by pixel (`ModelLayout.flattensPixels`).
    let flattensPixels: Set<String>

    /// A shape of ours as PyTorch has it: channels first.
    static func shape(_ shape: Shape) -> [Int] {
        shape.rank == 3 ? [shape[2], shape[0], shape[1]] : shape.dimensions
    }

    /// What makes a layer that has parameters; nil for others.
    func declaration(_ line: PartLines.Line) -> String? {
        guard line.declares else { return nil }
        let (op, shape) = (line.node.op, line.inputShapes[0])
        let channels = shape[shape.rank - 1]
        if let dense = op.unwrap(Dense.self) {
            return Python.call("nn.Linear", "\(channels)", "\(dense.units)", bias(dense.bias))
        } else if let conv = op.unwrap(Conv2D.self) {
            let borders = conv.borders(of: shape)
            return Python.call(
                "nn.Conv2d", "\(channels)", "\(conv.channels)", kernel(conv.window), stride(conv.window),
                borders.isNone || !borders.isEven ? nil : "padding=" + Python.pair(borders.top, borders.left),
                conv.groups == 1 ? nil : "groups=\(conv.groups)", bias(conv.bias))
        } else if let conv = op.unwrap(Conv2DTranspose.self) {
            let (down, across) = conv.axes(of: shape)
            let padding = (down.isPyTorchs ? down.before : 0, across.isPyTorchs ? across.before : 0)
            let extra = (
                down.isPyTorchs ? down.before - down.after : 0, across.isPyTorchs ? across.before - across.after : 0
            )
            return Python.call(
                "nn.ConvTranspose2d", "\(channels)", "\(conv.channels)", kernel(conv.window), stride(conv.window),
                padding == (0, 0) ? nil : "padding=" + Python.pair(padding.0, padding.1),
                extra == (0, 0) ? nil : "output_padding=" + Python.pair(extra.0, extra.1),
                conv.groups == 1 ? nil : "groups=\(conv.groups)", bias(conv.bias))
        } else if let norm = op.unwrap(GroupNorm.self) {
            return Python.call("nn.GroupNorm", "\(norm.groups)", "\(channels)", "eps=\(norm.epsilon)")
        } else if let norm = op.unwrap(LayerNorm.self) {
            return Python.call("nn.LayerNorm", "\(channels)", "eps=\(norm.epsilon)")
        }
        fatalError("\(op.kind) has parameters, and PyTorch's writer does not know it")
    }

    private func kernel(_ window: KernelWindow) -> String { Python.pair(window.height, window.width) }

    private func stride(_ window: KernelWindow) -> String? {
        let stride = Python.pair(window.strideHeight, window.strideWidth)
        return stride == "1" ? nil : "stride=" + stride
    }

    private func bias(_ has: Bool) -> String? { has ? nil : "bias=False" }

    /// The lines that compute a layer, with the output's shape as a comment behind the last.
    func statements(_ line: PartLines.Line) -> [String] {
        var lines: [String] = []
        var x = line.input
        if let before = padding(line) {
            lines.append("x = F.pad(\(x), \(before.pads))  # \(before.why)")
            x = "x"
        }
        var value = expression(line, x)
        if let activation = line.activation { value = function(activation, value) }
        lines.append("\(line.output) = \(value)  # \(Self.shape(line.outputShape))")
        return lines
    }

    /// Zeros around the input that the layer itself cannot have, as `F.pad` takes them: left, right, top, bottom.
    private func padding(_ line: PartLines.Line) -> (pads: String, why: String)? {
        if let conv = line.node.op.unwrap(Conv2D.self) {
            let borders = conv.borders(of: line.inputShapes[0])
            guard !borders.isEven else { return nil }
            let why = conv.window.padding == .same ? "padding \"same\" of Keras: the odd zero stands last" : "not even"
            return ("(\(borders.left), \(borders.right), \(borders.top), \(borders.bottom))", why)
        } else if let conv = line.node.op.unwrap(Conv2DTranspose.self) {
            let (down, across) = conv.axes(of: line.inputShapes[0])
            let more = (down.isPyTorchs ? 0 : down.moreInput, across.isPyTorchs ? 0 : across.moreInput)
            return more == (0, 0) ? nil : ("(0, \(more.1), 0, \(more.0))", "for outputs behind the last window")
        }
        return nil
    }

    private func expression(_ line: PartLines.Line, _ x: String) -> String {
        let (op, from, to) = (line.node.op, line.inputShapes[0], line.outputShape)
        if let conv = op.unwrap(Conv2DTranspose.self) {
            let (down, across) = conv.axes(of: from)
            return "self.\(line.name)(\(x))" + slice(down.slice, across.slice)
        } else if op.unwrap(LayerNorm.self) != nil, from.rank == 3 {
            return "self.\(line.name)(\(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)"
        } else if line.declares {
            return "self.\(line.name)(\(x))"
        } else if let pool = op.unwrap(MaxPooling2D.self) {
            return "F.max_pool2d(\(x), \(Python.pair(pool.height, pool.width)))"
        } else if let pool = op.unwrap(AveragePooling2D.self) {
            return "F.avg_pool2d(\(x), \(Python.pair(pool.height, pool.width)))"
        } else if op.unwrap(GlobalAveragePooling2D.self) != nil {
            return "\(x).mean((2, 3))"
        } else if let up = op.unwrap(UpSampling2D.self) {
            return up.interpolation == .nearest
                ? "F.interpolate(\(x), scale_factor=\(up.factor), mode=\"nearest-exact\")"
                : "F.interpolate(\(x), scale_factor=\(up.factor), mode=\"bilinear\", align_corners=False)"
        } else if let dropout = op.unwrap(Dropout.self) {
            return "F.dropout(\(x), \(dropout.rate), self.training)"
        } else if let crop = op.unwrap(Crop.self) {
            let borders = crop.borders(of: from)
            return x
                + slice(
                    (borders.top, from[0] - borders.bottom, from[0]), (borders.left, from[1] - borders.right, from[1]))
        } else if let activation = op.unwrap(Activation.self) {
            return function(activation, x)
        } else if op.isAlias {
            return reshape(x, from, to, pixels: flattensPixels.contains(line.node.name))
        } else if op.unwrap(Add.self) != nil {
            return line.inputs.joined(separator: " + ")
        } else if op.unwrap(Multiply.self) != nil {
            return line.inputs.joined(separator: " * ")
        } else if op.unwrap(Concatenate.self) != nil {
            return "torch.cat([\(line.inputs.joined(separator: ", "))], \(to.rank == 3 ? 1 : -1))"
        }
        fatalError("PyTorch's writer does not know \(op.kind)")
    }

    private typealias Range = (first: Int, end: Int, all: Int)

    /// `[:, :, 1:29, 1:29]`, or nothing where all stays.
    private func slice(_ down: Range, _ across: Range) -> String {
        func part(_ range: Range) -> String {
            (range.first == 0 ? "" : "\(range.first)") + ":" + (range.end == range.all ? "" : "\(range.end)")
        }
        let parts = (part(down), part(across))
        return parts == (":", ":") ? "" : "[:, :, \(parts.0), \(parts.1)]"
    }

    private func reshape(_ x: String, _ from: Shape, _ to: Shape, pixels: Bool) -> String {
        switch (from.rank, to.rank) {
        case (3, 1) where !pixels: return "torch.flatten(\(x), 1)"
        case (1, 3) where !pixels: return "\(x).unflatten(1, \(Python.tuple(Self.shape(to))))"
        default:
            let ours = from.rank == 3 ? "\(x).permute(0, 2, 3, 1)" : x
            let reshaped = Python.call(
                "\(ours).reshape", "len(\(x))", to.dimensions.map { "\($0)" }.joined(separator: ", "))
            return to.rank == 3 ? reshaped + ".permute(0, 3, 1, 2)" : reshaped
        }
    }

    private func function(_ activation: Activation, _ x: String) -> String {
        switch activation.function {
        case .relu: "F.relu(\(x))"
        case .leakyRelu: "F.leaky_relu(\(x), \(activation.parameter))"
        case .elu: "F.elu(\(x), \(activation.parameter))"
        case .selu: "F.selu(\(x))"
        case .silu: "F.silu(\(x))"
        case .gelu: "F.gelu(\(x), approximate=\"none\")"
        case .geluTanh: "F.gelu(\(x), approximate=\"tanh\")"
        case .tanh: "torch.tanh(\(x))"
        case .sigmoid: "torch.sigmoid(\(x))"
        case .softplus: "F.softplus(\(x))"
        }
    }
}

extension TransposedAxis {
    /// Whether PyTorch's `padding`, as much at both ends, and `output_padding`, less than the stride, make this output.
    var isPyTorchs: Bool { (0..<stride).contains(before - after) }

    /// Of what the layer makes: the part that is the output.
    fileprivate var slice: (first: Int, end: Int, all: Int) {
        isPyTorchs ? (0, output, output) : (before, before + output, before + output + afterMore)
    }
}
