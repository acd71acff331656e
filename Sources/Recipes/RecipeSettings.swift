import Graphs
import Models
import Settings
import Tensors
import Training

/// `latent: 2`, `latent: {gaussian: {dimensions: 2}}`, or `latent: {point: 2}` for a plain autoencoder.
struct LatentSettings {
    var dimensions = 0
    var isVariational = true

    private static let most = 4096

    init() {}

    init(_ json: JSONValue) throws(SettingError) {
        let (kind, value) = try named(json, "gaussian", among: ["gaussian", "point"], "a latent")
        isVariational = kind == "gaussian"
        let visitor = SettingVisitor(reading: value.object ?? [.init("dimensions", value)])
        do throws(SettingError) {
            try visitor.integer("dimensions", &dimensions, 1...Self.most)
            try visitor.finish(kind)
            guard dimensions > 0 else { throw SettingError("needs dimensions, 1 to \(Self.most)") }
        } catch { throw json.object == nil ? SettingError(error.reason) : error.inside(.key(kind)) }
    }
}

/// `objective: {likelihood: bernoulli, divergence: sum, beta: 1, warm_up: 0}`, or the same behind `elbo`.
struct ObjectiveSettings {
    private(set) var objective = Objective(likelihood: .bernoulli)

    init(_ json: JSONValue) throws(SettingError) {
        guard let members = json["elbo"] == nil ? json.object : json["elbo"]?.object else {
            throw SettingError("expected an objective's settings, found \(json.shown)")
        }
        do throws(SettingError) { try read(members) } catch {
            throw json["elbo"] == nil ? error : error.inside(.key("elbo"))
        }
    }

    private mutating func read(_ members: [JSONValue.Member]) throws(SettingError) {
        var members = members
        if let place = members.firstIndex(where: { $0.key == "likelihood" }) {
            do throws(SettingError) {
                objective.likelihood = try Self.likelihood(members[place].value)
            } catch { throw error.inside(.key("likelihood")) }
            members.remove(at: place)
        }
        let visitor = SettingVisitor(reading: members)
        try visitor.choice("divergence", &objective.divergence)
        try visitor.number("beta", &objective.beta, 0...1e30, "zero or a positive number")
        try visitor.number("warm_up", &objective.warmUp, 0...1, "a fraction from 0 to 1")
        try visitor.finish("an objective")
    }

    /// `bernoulli`, `squared_error`, `gaussian_learned`, or `gaussian: {variance: 0.1}`.
    private static func likelihood(_ json: JSONValue) throws(SettingError) -> Likelihood {
        let names = ["squared_error", "gaussian", "gaussian_learned", "bernoulli"]
        guard let kind = json.string ?? json.object.flatMap({ $0.count == 1 ? $0[0].key : nil }), names.contains(kind)
        else {
            var reason = "expected one of \(names.joined(separator: ", ")), found \(json.shown)"
            if let text = json.string, let near = nearestName(to: text, among: names) {
                reason += "; did you mean \(near)?"
            }
            throw SettingError(reason)
        }
        var variance = 1.0
        let value = json[kind] ?? .null
        let given = value.object ?? (value == .null ? [] : [JSONValue.Member("variance", value)])
        let visitor = SettingVisitor(reading: given)
        do throws(SettingError) {
            if kind == "gaussian" {
                try visitor.number("variance", &variance, 1e-30...1e30, "a positive number")
            }
            try visitor.finish(kind)
        } catch { throw error.inside(.key(kind)) }
        return switch kind {
        case "squared_error": .squaredError
        case "gaussian": .gaussian(variance: variance)
        case "gaussian_learned": .gaussianLearnedVariance
        default: .bernoulli
        }
    }
}

/// `training: {epochs: 20, batch_size: 64, learning_rate: 1e-3, seed: 0}`.
struct TrainingSettings {
    var epochs = 20
    var batchSize = 64
    var seed = 0
    var precision = Precision.f32
    var optimizer = AdamSettings()

    init() {}

    init(_ json: JSONValue) throws(SettingError) {
        guard let members = json.object else {
            throw SettingError("expected a training's settings, found \(json.shown)")
        }
        let visitor = SettingVisitor(reading: members)
        let fraction = 0...0.999999999
        try visitor.integer("epochs", &epochs, 1...TrainingConfiguration.mostEpochs)
        try visitor.integer("batch_size", &batchSize, 1...TrainingConfiguration.mostInBatch)
        try visitor.number("learning_rate", &optimizer.learningRate, 1e-30...1e30, "a positive number")
        try visitor.number("adam_beta_1", &optimizer.beta1, fraction, "a number from 0 to below 1")
        try visitor.number("adam_beta_2", &optimizer.beta2, fraction, "a number from 0 to below 1")
        try visitor.number("adam_epsilon", &optimizer.epsilon, 1e-30...1, "a positive number up to 1")
        try visitor.integer("seed", &seed, 0...Int.max)
        try visitor.choice("precision", &precision)
        try visitor.finish("a training")
    }
}

extension RecipeData {
    /// `data: {folder: PATH, limit: 1000, validation_split: 0.1, training_set: all}`.
    init(_ json: JSONValue) throws(SettingError) {
        self.init()
        guard let members = json.object else {
            throw SettingError("expected which images to take, found \(json.shown)")
        }
        let visitor = SettingVisitor(reading: members)
        let (most, fraction) = (1...Int.max, 1e-9...0.999999999)
        try visitor.value("folder", &folder, "a path", read: { $0.string }, write: { $0.map { .string($0) } ?? .null })
        try visitor.value(
            "limit", &limit, "a whole number from 1",
            read: { json in json.whole.flatMap { most.contains($0) ? $0 : nil } },
            write: { $0.map { .integer($0) } ?? .null })
        try visitor.value(
            "validation_split", &validationFraction, "a fraction between 0 and 1",
            read: { json in json.number.flatMap { fraction.contains($0) ? $0 : nil } },
            write: { $0.map { .number($0) } ?? .null })
        try visitor.choice("training_set", &trainingSet)
        try visitor.finish("data")
    }
}

/// The name that stands before settings, and these; a value without a name means `usual`.
private func named(
    _ json: JSONValue, _ usual: String, among names: [String], _ what: String
) throws(SettingError) -> (name: String, value: JSONValue) {
    guard let members = json.object else { return (usual, json) }
    guard members.count == 1, names.contains(members[0].key) else {
        let first = members.first?.key ?? ""
        if first == "dimensions" { return (usual, json) }
        var reason =
            "expected one of \(names.joined(separator: ", ")) as \(what), found \(first.isEmpty ? "none" : first)"
        if let near = nearestName(to: first, among: names) { reason += "; did you mean \(near)?" }
        throw SettingError(reason)
    }
    return (members[0].key, members[0].value)
}
