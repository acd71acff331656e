import Models

/// A likelihood as files hold it: an object of one member, its name, with an object of its settings.
extension Likelihood: Codable {
    private enum CodingKeys: String, CodingKey {
        case squaredError, gaussian, gaussianLearnedVariance, bernoulli
    }

    private enum SettingKeys: String, CodingKey {
        case variance
    }

    /// Reads what `encode` writes.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        guard let name = values.allKeys.first, values.allKeys.count == 1 else {
            throw DecodingError.typeMismatch(
                Likelihood.self, .init(codingPath: values.codingPath, debugDescription: "expected one likelihood"))
        }
        let settings = try values.nestedContainer(keyedBy: SettingKeys.self, forKey: name)
        switch name {
        case .squaredError: self = .squaredError
        case .gaussian: self = .gaussian(variance: try settings.decode(Double.self, forKey: .variance))
        case .gaussianLearnedVariance: self = .gaussianLearnedVariance
        case .bernoulli: self = .bernoulli
        }
    }

    /// Writes `{"gaussian": {"variance": 0.1}}`, or `{"bernoulli": {}}`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        func settings(_ name: CodingKeys) -> KeyedEncodingContainer<SettingKeys> {
            values.nestedContainer(keyedBy: SettingKeys.self, forKey: name)
        }
        switch self {
        case .squaredError: _ = settings(.squaredError)
        case .gaussian(let variance):
            var settings = settings(.gaussian)
            try settings.encode(variance, forKey: .variance)
        case .gaussianLearnedVariance: _ = settings(.gaussianLearnedVariance)
        case .bernoulli: _ = settings(.bernoulli)
        }
    }
}

/// By its name.
extension Objective.Divergence: Codable {}

/// An objective as files hold it: every part by its name.
extension Objective: Codable {
    private enum CodingKeys: String, CodingKey {
        case likelihood, divergence, beta, warmUp
    }

    /// Reads what `encode` writes; no part may be missing.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            likelihood: values.decode(Likelihood.self, forKey: .likelihood),
            divergence: values.decode(Divergence.self, forKey: .divergence),
            beta: values.decode(Double.self, forKey: .beta), warmUp: values.decode(Double.self, forKey: .warmUp))
    }

    /// Writes all parts.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(likelihood, forKey: .likelihood)
        try values.encode(divergence, forKey: .divergence)
        try values.encode(beta, forKey: .beta)
        try values.encode(warmUp, forKey: .warmUp)
    }
}
