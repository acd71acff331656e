import Formats
import Models
import Settings
import Tensors

/// An architecture as files hold it: its layers as recipes write them.
extension Architecture: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, imageShape, encoder, latent, decoder, isVariational
    }

    /// Reads what `encode` writes, and what the first version of the format wrote.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func blocks(_ key: CodingKeys) throws -> [Block] {
            let json = try values.decode(JSONValue.self, forKey: key)
            do throws(SettingError) {
                return try Block.list(try FirstFormat.layers(json))
            } catch {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: values, debugDescription: "\(error)")
            }
        }
        try self.init(
            name: values.decode(String.self, forKey: .name),
            imageShape: values.decode(Shape.self, forKey: .imageShape),
            encoder: blocks(.encoder), latent: values.decode(Int.self, forKey: .latent),
            decoder: blocks(.decoder), isVariational: values.decode(Bool.self, forKey: .isVariational))
    }

    /// Writes layers with the settings that are not at their defaults.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(imageShape, forKey: .imageShape)
        try values.encode(JSONValue.array(self.encoder.map(\.written)), forKey: .encoder)
        try values.encode(latent, forKey: .latent)
        try values.encode(JSONValue.array(self.decoder.map(\.written)), forKey: .decoder)
        try values.encode(isVariational, forKey: .isVariational)
    }
}

/// Layers as the first version of the formats wrote them, `{"layer": "Conv2D", "filters": 64, "kernelHeight": 3 …}`, in
/// today's words.
private enum FirstFormat {
    private static let names = [
        "Dense": "dense", "Conv2D": "conv2d", "Conv2DTranspose": "conv2d_transpose", "MaxPooling2D": "max_pooling2d",
        "UpSampling2D": "up_sampling2d", "Flatten": "flatten", "Reshape": "reshape",
    ]

    private static let pairs = [
        ("kernel", "kernelHeight", "kernelWidth"), ("stride", "strideHeight", "strideWidth"),
        ("size", "height", "width"),
    ]

    /// Leaves everything else as it is.
    static func layers(_ json: JSONValue) throws(SettingError) -> JSONValue {
        guard let entries = json.array else { return json }
        var layers: [JSONValue] = []
        for (i, entry) in entries.enumerated() {
            guard let type = entry["layer"] else {
                layers.append(entry)
                continue
            }
            do throws(SettingError) {
                if let layer = try layer(type, entry) { layers.append(layer) }
            } catch { throw error.inside(.index(i)) }
        }
        return .array(layers)
    }

    private static func layer(_ type: JSONValue, _ entry: JSONValue) throws(SettingError) -> JSONValue? {
        if type.string == "Activation" {
            guard let function = entry["function"]?.string else { throw SettingError("no function") }
            // The identity had a name then.
            return function == "linear" ? nil : .string(function)
        }
        guard let type = type.string, let name = names[type] else {
            throw SettingError("no layer is called \(type.shown)")
        }
        var members: [JSONValue.Member] = []
        for member in entry.object ?? [] where member.key != "layer" {
            if let (key, _, width) = pairs.first(where: { $0.1 == member.key }) {
                guard let other = entry[width] else { throw SettingError("no \(width)") }
                members.append(.init(key, .array([member.value, other])))
            } else if !pairs.contains(where: { $0.2 == member.key }) {
                members.append(.init(member.key == "filters" ? "channels" : member.key, member.value))
            }
        }
        return .object([.init(name, .object(members))])
    }
}
