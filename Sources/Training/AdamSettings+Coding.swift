import Graphs

/// Adam's settings as files hold them: every one by its name.
extension AdamSettings: Codable {
    private enum CodingKeys: String, CodingKey {
        case learningRate, beta1, beta2, epsilon
    }

    /// Reads what `encode` writes; no setting may be missing.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            learningRate: values.decode(Double.self, forKey: .learningRate),
            beta1: values.decode(Double.self, forKey: .beta1), beta2: values.decode(Double.self, forKey: .beta2),
            epsilon: values.decode(Double.self, forKey: .epsilon))
    }

    /// Writes all settings.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(learningRate, forKey: .learningRate)
        try values.encode(beta1, forKey: .beta1)
        try values.encode(beta2, forKey: .beta2)
        try values.encode(epsilon, forKey: .epsilon)
    }
}
