import Graphs
import Models
import Ops
import Settings
import Tensors
import Training

/// Takes a recipe's document apart.
struct RecipeReader {
    private(set) var name: String?
    private(set) var data = RecipeData()
    private(set) var image: [Int?] = [nil, nil, nil]
    private var encoder = JSONValue.null
    private var decoder = JSONValue.null
    private var latent = LatentSettings()
    private var objective = Objective(likelihood: .bernoulli)
    private(set) var training = TrainingSettings()

    private static let keys = ["name", "image", "encoder", "latent", "decoder", "objective", "data", "training"]

    mutating func read(_ document: JSONValue) throws(SettingError) {
        guard let members = document.object else {
            throw SettingError(
                "expected the settings of a recipe, such as encoder and decoder, found \(document.shown)")
        }
        for member in members {
            do throws(SettingError) { try read(member.key, member.value) } catch {
                throw error.inside(.key(member.key))
            }
        }
        for key in ["encoder", "decoder", "latent"] where document[key] == nil {
            throw SettingError("expected \(key), which every recipe has, found none")
        }
    }

    private mutating func read(_ key: String, _ value: JSONValue) throws(SettingError) {
        switch key {
        case "name":
            guard let text = value.string, !text.isEmpty, text.utf8.count <= 100, !text.contains("/") else {
                throw SettingError("expected a name of up to 100 bytes without a slash, found \(value.shown)")
            }
            name = text
        case "image": image = try Self.extents(value)
        case "encoder": encoder = value
        case "decoder": decoder = value
        case "latent": latent = try LatentSettings(value)
        case "objective": objective = try Objective(value)
        case "data": data = try RecipeData(value)
        case "training": training = try TrainingSettings(value)
        default:
            var reason = "a recipe has no setting called \(key)"
            if key.contains(":") { reason += "; a colon needs a space behind it" }
            throw SettingError(reason + didYouMean(key, among: Self.keys))
        }
    }

    /// `[28, 28, 1]`, any of which may be `any`.
    private static func extents(_ value: JSONValue) throws(SettingError) -> [Int?] {
        let words = "expected [height, width, channels], each a whole number from 1 or any"
        guard let parts = value.array, parts.count == 3 else { throw SettingError("\(words), found \(value.shown)") }
        var extents: [Int?] = []
        for (i, part) in parts.enumerated() {
            if part.string == "any" {
                extents.append(nil)
            } else if let number = part.whole, (1...Graph.mostValues).contains(number) {
                extents.append(number)
            } else {
                throw SettingError("\(words), found \(part.shown)", at: [.index(i)])
            }
        }
        return extents
    }

    // MARK: - What it comes to

    /// The image's shape: the recipe's own, and the data's where it leaves an extent open.
    private func imageShape(_ dataShape: Shape?) throws(SettingError) -> Shape {
        var extents: [Int] = []
        for (i, name) in ["height", "width", "number of channels"].enumerated() {
            guard let extent = image[i] ?? dataShape.map({ $0[i] }) else {
                throw SettingError("the images' \(name) is left to the data, and there is none", at: [.key("image")])
            }
            extents.append(extent)
        }
        return Shape(extents)
    }

    /// - Parameter dataShape: Of the images that the recipe is for; nil where nobody knows.
    func configuration(name: String, dataShape: Shape?) throws(SettingError) -> TrainingConfiguration {
        let shape = try imageShape(dataShape)
        let words = RecipeWords(image: shape)
        let encoder = try blocks("encoder", words.resolved(encoder))
        let flattened: Shape
        do throws(GraphError) {
            flattened = try Architecture.flattened(encoder, of: shape)
        } catch { throw SettingError(error.description, at: [.key("encoder")]) }
        let decoder = try blocks("decoder", RecipeWords(image: shape, flattened: flattened).resolved(decoder))
        let architecture = Architecture(
            name: name, imageShape: shape, encoder: encoder, latent: latent.dimensions, decoder: decoder,
            isVariational: latent.isVariational)
        let configuration = TrainingConfiguration(
            architecture: architecture, objective: objective, optimizer: training.optimizer, epochs: training.epochs,
            batchSize: training.batchSize, seed: UInt64(training.seed), precision: training.precision)
        do {
            try configuration.validate()
        } catch let error as GraphError where error.node == "objective" {
            throw SettingError(error.reason, at: [.key("objective")])
        } catch {
            throw SettingError("\(error)")
        }
        return configuration
    }

    private func blocks(_ part: String, _ json: JSONValue) throws(SettingError) -> [Block] {
        do throws(SettingError) { return try Block.list(json) } catch { throw error.inside(.key(part)) }
    }
}

extension Architecture {
    /// What the last `flatten` of an encoder flattened; its features where there is none.
    fileprivate static func flattened(_ encoder: [Block], of image: Shape) throws(GraphError) -> Shape {
        var builder = GraphBuilder()
        let input = try builder.input("input", image)
        let features = try builder.within("encoder") { (builder) throws(GraphError) in
            try builder.apply(encoder, to: input)
        }
        let last = builder.built.nodes.last { $0.op.kind == Flatten.kind }
        return last?.inputs[0].shape ?? features.shape
    }
}

/// The words of a list of layers that stand for what its surroundings say.
struct RecipeWords {
    let image: Shape
    /// What the encoder flattened; nil in the encoder itself.
    var flattened: Shape?

    /// A list with its words replaced, whatever else it holds: that is for others to judge.
    func resolved(_ json: JSONValue) -> JSONValue {
        switch json {
        case .array(let entries): return .array(entries.map { resolved($0) })
        case .object(let members):
            if members.count == 1, let layer = unflattened(members[0]) { return layer }
            return .object(
                members.map { member in
                    switch (member.key, member.value) {
                    case ("channels", "image"): JSONValue.Member("channels", .integer(image[2]))
                    case ("crop", "image"), ("size", "image"):
                        JSONValue.Member(member.key, .array([.integer(image[0]), .integer(image[1])]))
                    default: JSONValue.Member(member.key, resolved(member.value))
                    }
                })
        case "unflatten": return unflattened(.init("unflatten", .null)) ?? json
        default: return json
        }
    }

    /// A dense layer to the flattened shape, and a reshape, as one entry.
    private func unflattened(_ member: JSONValue.Member) -> JSONValue? {
        guard member.key == "unflatten", let flattened else { return nil }
        let settings = [JSONValue.Member("units", .integer(flattened.count))] + (member.value.object ?? [])
        return .object([
            .init(
                "times",
                .array([
                    1,
                    .array([
                        .object([.init("dense", .object(settings))]),
                        .object([.init("reshape", .array(flattened.dimensions.map { .integer($0) }))]),
                    ]),
                ]))
        ])
    }
}
