import Formats

/// The layers of an HDF5 file that Keras wrote: `.weights.h5` of Keras 3, or whole models and weights of the older form.
struct KerasWeights {
    private let file: HDF5File
    private let source: String
    private let groups: [String: HDF5File.Group]

    init(_ file: HDF5File, source: String) throws(FormatError) {
        (self.file, self.source) = (file, source)
        groups = Dictionary(uniqueKeysWithValues: file.groups.map { ($0.path, $0) })
    }

    /// - Parameter container: For people: `HDF5`.
    func weights(_ container: String) throws(FormatError) -> ForeignWeights {
        // Keras 3 numbers a layer's variables in a group `vars`; before, they had names.
        let isNumbered = file.datasets.contains { $0.path.contains("/vars/") }
        var found: [(layer: [String], variables: [(name: String, variable: ForeignWeights.Variable)])] = []
        var places: [[String]: Int] = [:]
        var remarks: [String] = []
        for dataset in file.datasets {
            var path = dataset.path.split(separator: "/").map(String.init)
            let name = path.removeLast()
            if isNumbered {
                guard path.popLast() == "vars" else { continue }
                if path.first == "optimizer" || path.last == "seed_generator" { continue }
            } else {
                if path.first == "optimizer_weights" { continue }
                if path.first == "model_weights" { path.removeFirst() }
                // A layer's group and the first part of its variables' names are the same.
                path = path.indices.filter { $0 == 0 || path[$0] != path[$0 - 1] }.map { path[$0] }
            }
            guard !path.isEmpty else {
                throw FormatError(
                    source: source, expected: "the weights of layers in groups of their own",
                    found: "\"\(dataset.path)\"")
            }
            let variable = ForeignWeights.Variable(name: dataset.path, shape: dataset.shape) {
                [file] () throws(FormatError) in try file.tensor(dataset)
            }
            if let place = places[path] {
                found[place].variables.append((name, variable))
            } else {
                places[path] = found.count
                found.append((path, [(name, variable)]))
            }
        }
        let order = isNumbered ? [] : layerNames
        found.sort { one, other in
            let (a, b) = (order.firstIndex(of: one.layer[0]) ?? 0, order.firstIndex(of: other.layer[0]) ?? 0)
            return a != b
                ? a < b
                : NaturalOrder(one.layer.joined(separator: "/")) < NaturalOrder(other.layer.joined(separator: "/"))
        }
        var layers: [ForeignWeights.Layer] = []
        for (path, variables) in found {
            let names = isNumbered ? self.names(along: path) : path
            let kind = Self.kind(of: path[path.count - 1]) ?? Self.kind(of: names[names.count - 1])
            let roles =
                isNumbered
                ? try numbered(variables, kind, path)
                : try named(variables, path)
            if roles[.mean] != nil, kind != "batch_norm" {
                remarks.append("\(path.joined(separator: "/")) is taken for a batch norm")
            }
            layers.append(
                ForeignWeights.Layer(
                    name: names.joined(separator: "/"), part: ForeignWeights.Part(of: names.dropLast()),
                    kind: roles[.mean] != nil ? "batch_norm" : kind, variables: roles))
        }
        if Set(layers.map(\.name)).count < layers.count {
            // Names that users chose twice, in different models.
            layers = zip(layers, found).map { layer, found in
                ForeignWeights.Layer(
                    name: found.layer.joined(separator: "/"), part: layer.part, kind: layer.kind,
                    variables: layer.variables)
            }
        }
        return ForeignWeights(
            format: isNumbered ? "Keras 3 weights, \(container)" : "Keras weights of the older form, \(container)",
            layout: .keras, isOrdered: !order.isEmpty, layers: layers, remarks: remarks)
    }

    /// The order of layers, which files of the older form have as an attribute.
    private var layerNames: [String] {
        (groups["/model_weights"] ?? groups[""])?.attributes["layer_names"] ?? []
    }

    /// What users call the models and the layer along a path: since Keras 3.15 an attribute of each says so.
    private func names(along path: [String]) -> [String] {
        var names: [String] = []
        for end in path.indices where path[end] != "layers" {
            let group = groups["/" + path[...end].joined(separator: "/") + "/vars"]
            names.append(group?.attributes["name"]?.first ?? path[end])
        }
        return names
    }

    /// Of Keras's own names, which are classes in snake case with numbers behind.
    private static func kind(of name: String) -> String? {
        var stem = name[...]
        while stem.last?.isNumber == true { stem.removeLast() }
        if stem.last == "_" { stem.removeLast() }
        switch stem {
        case "conv2d", "conv2d_transpose", "dense": return String(stem)
        // Of a batch, a group or a layer: `batch_norm`.
        case _ where stem.hasSuffix("_normalization"): return String(stem.dropLast("alization".count))
        default: return nil
        }
    }

    /// Variables numbered in the order in which the layer's class makes them.
    private func numbered(
        _ variables: [(name: String, variable: ForeignWeights.Variable)], _ kind: String?, _ path: [String]
    ) throws(FormatError) -> [ForeignWeights.Role: ForeignWeights.Variable] {
        let ordered = variables.sorted { NaturalOrder($0.name) < NaturalOrder($1.name) }
        let roles: [ForeignWeights.Role]
        switch (kind, ordered[0].variable.shape.count, ordered.count) {
        case (_, 2..., 1): roles = [.kernel]
        case (_, 2..., 2): roles = [.kernel, .bias]
        case ("batch_norm", 1, 2): roles = [.mean, .variance]
        case (_, 1, 2): roles = [.scale, .shift]
        case (_, 1, 4): roles = [.scale, .shift, .mean, .variance]
        default:
            throw FormatError(
                source: "\(source)/\(path.joined(separator: "/"))",
                expected: "a kernel and a bias, or the variables of a norm with scale and centre",
                found: ordered.map { "\($0.name) of shape \($0.variable.shape)" }.joined(separator: ", "))
        }
        return Dictionary(uniqueKeysWithValues: zip(roles, ordered.map(\.variable)))
    }

    private func named(
        _ variables: [(name: String, variable: ForeignWeights.Variable)], _ path: [String]
    ) throws(FormatError) -> [ForeignWeights.Role: ForeignWeights.Variable] {
        let names: [String: ForeignWeights.Role] = [
            "kernel": .kernel, "bias": .bias, "gamma": .scale, "beta": .shift, "moving_mean": .mean,
            "moving_variance": .variance,
        ]
        var roles: [ForeignWeights.Role: ForeignWeights.Variable] = [:]
        for (name, variable) in variables {
            // TensorFlow puts a number behind: `kernel:0`.
            let stem = name.split(separator: ":").first.map(String.init) ?? name
            guard let role = names[stem], roles.updateValue(variable, forKey: role) == nil else {
                throw FormatError(
                    source: "\(source)/\(path.joined(separator: "/"))",
                    expected: names.keys.sorted().joined(separator: ", "), found: name)
            }
        }
        return roles
    }
}
