import Tensors

/// Layers are written as objects with the type's name beside its settings: `{"layer": "Conv2D", "filters": 64, …}`.
extension Layer: Codable {
    private enum Key: String, CodingKey {
        case layer, function, shape
    }

    /// Reads the object that `encode` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let type = try container.decode(String.self, forKey: .layer)
        switch type {
        case "Dense": self = .dense(try Dense(from: decoder))
        case "Conv2D": self = .conv2D(try Conv2D(from: decoder))
        case "Conv2DTranspose": self = .convTranspose2D(try ConvTranspose2D(from: decoder))
        case "MaxPooling2D": self = .maxPool2D(try MaxPool2D(from: decoder))
        case "UpSampling2D": self = .upsample2D(try Upsample2D(from: decoder))
        case "Activation":
            self = .activation(try container.decode(ActivationFunction.self, forKey: .function))
        case "Flatten": self = .flatten
        case "Reshape": self = .reshape(try container.decode(Shape.self, forKey: .shape))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .layer, in: container, debugDescription: "no layer is called \(type)")
        }
    }

    /// Writes the layer's settings and its type's name into one object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind.typeName, forKey: .layer)
        switch self {
        case .dense(let layer): try layer.encode(to: encoder)
        case .conv2D(let layer): try layer.encode(to: encoder)
        case .convTranspose2D(let layer): try layer.encode(to: encoder)
        case .maxPool2D(let layer): try layer.encode(to: encoder)
        case .upsample2D(let layer): try layer.encode(to: encoder)
        case .activation(let function): try container.encode(function, forKey: .function)
        case .flatten: break
        case .reshape(let shape): try container.encode(shape, forKey: .shape)
        }
    }
}
