import Models
import Settings

/// Which layer of a file each layer of a model takes its weights from.
///
/// First what the user says, then names: those of our own files, and of the two heads (`z_mean`, `fc_mu`,
/// `z_log_var` …); then the order within encoder and decoder, among layers of one kind and shape. Where the order is not
/// known either, it asks.
struct LayerMatching {
    private let targets: [ImportTarget]
    private let weights: ForeignWeights
    private let source: String
    /// The file's layer of each target; nil where there is none yet.
    private(set) var layers: [Int?]
    private var free: Set<Int>
    private var reasons: [String] = []
    private var answers: [String] = []

    /// - Parameter answers: Layers of ours and of the file that belong together.
    /// - Throws: `ImportError` with everything that does not fit.
    init(
        _ targets: [ImportTarget], _ weights: ForeignWeights, answers: [(ours: String, theirs: String)], source: String
    ) throws(ImportError) {
        (self.targets, self.weights, self.source) = (targets, weights, source)
        layers = targets.map { _ in nil }
        free = Set(weights.layers.indices.filter { !weights.layers[$0].isBatchNorm })
        for answer in answers { try take(answer) }
        takeOurNames()
        takeTellingHeads()
        for target in targets.indices where layers[target] == nil && targets[target].part == .encoder {
            takeNext(for: target)
        }
        takeHeads()
        for target in targets.indices where layers[target] == nil && targets[target].part == .decoder {
            takeNext(for: target)
        }
        // Asking comes first: what is left over may be an answer's.
        if !reasons.isEmpty { throw ImportError(source: source, reasons, answers: self.answers) }
        listWhatIsLeft()
        if !reasons.isEmpty { throw ImportError(source: source, reasons) }
    }

    private mutating func give(_ layer: Int, to target: Int) {
        layers[target] = layer
        free.remove(layer)
    }

    // MARK: Names

    private mutating func take(_ answer: (ours: String, theirs: String)) throws(ImportError) {
        let ours = answer.ours.replacing(".", with: "/")
        guard let target = targets.firstIndex(where: { $0.name == ours }) else {
            let names = targets.map(\.name)
            throw ImportError(
                source: source,
                [
                    "the model has no layer \(answer.ours)\(didYouMean(ours, among: names)); it has "
                        + names.joined(separator: ", ")
                ])
        }
        guard let layer = weights.layers.firstIndex(where: { $0.name == answer.theirs }) else {
            let names = weights.layers.map(\.name)
            throw ImportError(
                source: source,
                [
                    "the file has no layer \(answer.theirs)\(didYouMean(answer.theirs, among: names)); it has "
                        + names.joined(separator: ", ")
                ])
        }
        guard layers[target] == nil, free.contains(layer) else {
            throw ImportError(
                source: source, ["\(answer.ours)=\(answer.theirs): expected each layer in one --map, found it in two"])
        }
        guard targets[target].fits(weights.layers[layer], weights.layout) else {
            throw ImportError(source: source, [mismatch(target, layer)])
        }
        give(layer, to: target)
    }

    /// A file that has all of our names is of a model of ours.
    ///
    /// One name alone tells nothing: Keras counts `dense_1` over all models of a process.
    private mutating func takeOurNames() {
        var found: [(layer: Int, target: Int)] = []
        for (place, target) in targets.enumerated() where layers[place] == nil {
            let names = [target.name, target.name.replacing("/", with: "."), target.name.replacing("/", with: "_")]
            let layer = free.sorted().first {
                names.contains(weights.layers[$0].name) && target.fits(weights.layers[$0], weights.layout)
            }
            if let layer {
                found.append((layer, place))
            } else if target.part == .encoder || target.part == .decoder {
                return
            }
        }
        for (layer, target) in found { give(layer, to: target) }
    }

    private mutating func takeTellingHeads() {
        for (place, target) in targets.enumerated() where layers[place] == nil {
            guard target.part == .mean || target.part == .logVariance else { continue }
            let named = free.sorted().filter {
                HeadName(weights.layers[$0].title)?.part == target.part && target.isBeside(weights.layers[$0])
                    && target.fits(weights.layers[$0], weights.layout)
            }
            if named.count == 1 { give(named[0], to: place) }
        }
    }

    // MARK: Order

    private func candidates(for target: Int) -> [Int] {
        free.sorted().filter {
            targets[target].isBeside(weights.layers[$0]) && targets[target].fits(weights.layers[$0], weights.layout)
        }
    }

    /// The first of the layers that fit, where an order is known.
    private mutating func takeNext(for target: Int) {
        let fitting = candidates(for: target)
        guard let first = fitting.first else { return }
        // As many as there are layers of ours of this kind and shape, or the order within them.
        let name = NaturalOrder(weights.layers[first].name)
        let isKnown =
            weights.isOrdered
            || fitting.allSatisfy {
                name.isNumbered(like: NaturalOrder(weights.layers[$0].name))
                    || weights.layers[$0].kind != nil && weights.layers[$0].kind == weights.layers[first].kind
            }
        if isKnown { return give(first, to: target) }
        ask([target], fitting)
    }

    private mutating func takeHeads() {
        let open = targets.indices.filter { layers[$0] == nil && [.mean, .logVariance].contains(targets[$0].part) }
        guard let first = open.first else { return }
        let fitting = candidates(for: first)
        if open.count == 1, fitting.count == 1 { return give(fitting[0], to: first) }
        if fitting.count >= open.count, fitting.count > 0 { ask(open, fitting) }
    }

    /// Asks which of several layers is whose, with the options that would answer.
    private mutating func ask(_ open: [Int], _ fitting: [Int]) {
        let names = fitting.map { weights.layers[$0].name }
        let ours = open.map { targets[$0].name }
        reasons.append(
            "which of \(names.joined(separator: ", ")) is \(ours.joined(separator: " and which ")) "
                + "(\(targets[open[0]].words(weights.layout)))? Neither names nor order say; answer with")
        if open.count == 2, names.count == 2 {
            for pair in [names, names.reversed()] {
                answers.append("--map \(ours[0])=\(pair[0]) --map \(ours[1])=\(pair[1])")
            }
        } else {
            for name in ours { answers.append("--map \(name)=" + names.joined(separator: "|")) }
        }
    }

    // MARK: What does not fit

    private func mismatch(_ target: Int, _ layer: Int) -> String {
        "\(targets[target].name): expected \(targets[target].words(weights.layout)), found "
            + weights.layers[layer].words(weights.layout)
    }

    private mutating func listWhatIsLeft() {
        for target in targets.indices where layers[target] == nil {
            let ours = targets[target]
            // The layer that it would be, but for its shape.
            let rank = ours.weights[0].parameter.shape.rank
            let near = free.sorted().first { place in
                let layer = weights.layers[place]
                return ours.isBeside(layer) && layer.kind ?? ours.kind == ours.kind
                    && layer.variables[.kernel]?.shape.count ?? 1 == rank
            }
            if let near {
                reasons.append(mismatch(target, near))
                free.remove(near)
            } else {
                reasons.append("\(ours.name): expected \(ours.words(weights.layout)), found none")
            }
        }
        for place in free.sorted() {
            reasons.append("\(weights.layers[place].words(weights.layout)): the model has no layer for it")
        }
    }
}

/// Which head a name tells of: `z_mean`, `fc_mu`, `log_var`, `to_logvar`.
private struct HeadName {
    let part: ImportTarget.Part

    init?(_ name: String) {
        let words = name.lowercased().split { !$0.isLetter }.map(String.init)
        // A head called sigma may give σ or log σ, which is not log σ².
        if words.contains(where: { ["var", "logvar", "variance", "logvariance", "lnvar"].contains($0) }) {
            part = .logVariance
        } else if words.contains(where: { ["mean", "mu"].contains($0) }) {
            part = .mean
        } else {
            return nil
        }
    }
}
