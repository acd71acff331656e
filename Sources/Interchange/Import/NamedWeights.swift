import Formats

extension ForeignWeights {
    /// Layers of arrays that stand under names: `encoder.conv1.weight` of PyTorch, `encoder_conv2d/kernel` of Keras.
    static func named(_ variables: [Variable], format: String, source: String) throws(FormatError) -> ForeignWeights {
        var names = variables.map(\.name)
        // What DataParallel and torch.compile put before every name.
        for prefix in ["_orig_mod.", "module."] where names.allSatisfy({ $0.hasPrefix(prefix) }) {
            names = names.map { String($0.dropFirst(prefix.count)) }
        }
        let isKeras = names.contains { $0.hasSuffix("/kernel") }
        var order: [String] = []
        var members: [String: [(suffix: String, variable: Variable)]] = [:]
        for (name, variable) in zip(names, variables) {
            let end = name.lastIndex { "/.".contains($0) }
            let suffix = end.map { String(name[name.index(after: $0)...]) } ?? name
            // Counts batches, and weighs nothing.
            if suffix == "num_batches_tracked" { continue }
            let layer = end.map { String(name[..<$0]) } ?? ""
            if members[layer] == nil { order.append(layer) }
            members[layer, default: []].append((suffix, variable))
        }
        let isOrdered = !isKeras && format != "safetensors"
        // Such files sort their names as text, `encoder.10` before `encoder.2`.
        if !isOrdered { order.sort { NaturalOrder($0) < NaturalOrder($1) } }
        var layers: [Layer] = []
        for name in order {
            let found = members[name]!
            let isBatchNorm = found.contains { $0.suffix == "running_mean" || $0.suffix == "moving_mean" }
            let isNorm = isBatchNorm || found.allSatisfy { $0.variable.shape.count < 2 }
            var roles: [Role: Variable] = [:]
            for (suffix, variable) in found {
                guard let role = role(suffix, isNorm: isNorm), roles.updateValue(variable, forKey: role) == nil else {
                    throw FormatError(
                        source: source,
                        expected:
                            "weight and bias (of a batch norm running_mean and running_var too), or kernel and bias",
                        found: "\"\(variable.name)\" of shape \(variable.shape)")
                }
            }
            layers.append(
                Layer(
                    name: name, part: Part(of: name.split { "/.".contains($0) }),
                    kind: isBatchNorm ? "batch_norm" : nil,
                    variables: roles))
        }
        return ForeignWeights(
            format: format, layout: isKeras ? .keras : .pytorch, isOrdered: isOrdered, layers: layers)
    }

    private static func role(_ suffix: String, isNorm: Bool) -> Role? {
        switch suffix {
        case "weight": isNorm ? .scale : .kernel
        case "bias": isNorm ? .shift : .bias
        case "kernel": .kernel
        case "gamma", "scale": .scale
        case "beta", "shift": .shift
        case "running_mean", "moving_mean": .mean
        case "running_var", "moving_variance": .variance
        default: nil
        }
    }

    /// Layers of arrays in the order of Keras's `model.get_weights()`, which has no names.
    static func listed(_ variables: [Variable], source: String) throws(FormatError) -> ForeignWeights {
        // arr_10 behind arr_9, as numpy.savez numbers them.
        let variables = variables.sorted { NaturalOrder($0.name) < NaturalOrder($1.name) }
        var layers: [Layer] = []
        var place = 0
        while place < variables.count {
            let first = variables[place]
            let hasKernel = first.shape.count > 1
            let vectors = variables[(hasKernel ? place + 1 : place)...].prefix { $0.shape.count < 2 }
            /// What stands behind a kernel: a bias, and two vectors of a norm or four of a batch norm.
            let roles: [[Role]]
            switch (hasKernel, vectors.count) {
            case (true, 0): roles = [[.kernel]]
            case (true, 1): roles = [[.kernel, .bias]]
            case (true, 2): roles = [[.kernel], [.scale, .shift]]
            case (true, 3): roles = [[.kernel, .bias], [.scale, .shift]]
            case (true, 4): roles = [[.kernel], [.scale, .shift, .mean, .variance]]
            case (true, 5): roles = [[.kernel, .bias], [.scale, .shift, .mean, .variance]]
            case (false, 2): roles = [[.scale, .shift]]
            default:
                throw FormatError(
                    source: source,
                    expected: "arrays in the order of get_weights(): kernels, each with a bias or a norm",
                    found: "\(counted(vectors.count, "vector")) from \"\(vectors.first?.name ?? first.name)\" on")
            }
            for roles in roles {
                let own = variables[place..<place + roles.count]
                place += roles.count
                layers.append(
                    Layer(
                        name: own.first!.name, part: nil, kind: roles.contains(.mean) ? "batch_norm" : nil,
                        variables: Dictionary(uniqueKeysWithValues: zip(roles, own))))
            }
        }
        return ForeignWeights(
            format: "NPZ of Keras's get_weights()", layout: .keras, isOrdered: true, layers: layers)
    }
}

/// A name as people order names: `conv2d_2` before `conv2d_10`.
struct NaturalOrder: Comparable {
    /// Words and numbers in turn.
    private let parts: [(text: String, number: Int)]

    init(_ name: String) {
        var parts: [(String, Int)] = []
        var rest = Substring(name)
        while !rest.isEmpty {
            let text = rest.prefix { !$0.isNumber }
            let digits = rest.dropFirst(text.count).prefix { $0.isNumber }
            // Keras's first layer of a kind has no number.
            parts.append((text.hasSuffix("_") ? String(text.dropLast()) : String(text), Int(digits) ?? 0))
            rest = rest.dropFirst(text.count + digits.count)
        }
        self.parts = parts
    }

    static func < (a: NaturalOrder, b: NaturalOrder) -> Bool {
        for (one, other) in zip(a.parts, b.parts) where one != other { return one < other }
        return a.parts.count < b.parts.count
    }

    static func == (a: NaturalOrder, b: NaturalOrder) -> Bool {
        a.parts.count == b.parts.count && zip(a.parts, b.parts).allSatisfy { $0 == $1 }
    }

    /// Whether two names differ in their last number alone: `conv2d` and `conv2d_3`.
    func isNumbered(like other: NaturalOrder) -> Bool {
        parts.dropLast().elementsEqual(other.parts.dropLast(), by: ==) && parts.last?.text == other.parts.last?.text
    }
}
