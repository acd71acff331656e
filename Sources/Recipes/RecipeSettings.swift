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
    /// `data: {path: PATH, size: 64, limit: 1000, validation_split: 0.1, training_set: all}`.
    init(_ json: JSONValue) throws(SettingError) {
        self.init()
        guard let members = json.object else {
            throw SettingError("expected which images to take, found \(json.shown)")
        }
        let visitor = SettingVisitor(reading: members)
        try settings(visitor)
        try visitor.finish("data")
    }

    /// Every setting as it is where nobody says.
    package static let settings: [SettingVisitor.Entry] = {
        var data = RecipeData()
        let visitor = SettingVisitor()
        do { try data.settings(visitor) } catch { fatalError("\(error)") }
        return visitor.entries.filter { $0.name != formerPath }
    }()

    /// `path`, when there were folders only.
    private static let formerPath = "folder"

    private mutating func settings(_ visitor: SettingVisitor) throws(SettingError) {
        let (most, fraction) = (1...Int.max, 1e-9...0.999999999)
        for name in ["path", Self.formerPath] {
            try visitor.optional(name, &path, "a path", read: { $0.string }, write: { .string($0) })
        }
        try visitor.optional(
            "limit", &limit, "a whole number from 1",
            read: { json in json.whole.flatMap { most.contains($0) ? $0 : nil } }, write: { .integer($0) })
        try visitor.optional(
            "validation_split", &validationFraction, "a fraction between 0 and 1",
            read: { json in json.number.flatMap { fraction.contains($0) ? $0 : nil } }, write: { .number($0) })
        try visitor.choice("training_set", &trainingSet)
        try reading.settings(visitor)
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
        if members.count > 1, names.contains(first) {
            throw SettingError(
                "expected one of them as \(what), found \(members.map(\.key).joined(separator: " and "))")
        }
        throw SettingError(
            "expected one of \(names.joined(separator: ", ")) as \(what), found \(first.isEmpty ? "none" : first)"
                + didYouMean(first, among: names))
    }
    return (members[0].key, members[0].value)
}
