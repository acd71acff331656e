import Models

/// What one epoch came to: a line of `metrics.jsonl`.
public struct EpochMetrics: Hashable, Sendable, Codable {
    /// From 1.
    public var epoch: Int
    /// Optimizer steps done since the start.
    public var step: Int
    /// Means over the epoch's images, while weights moved.
    public var training: LossTerms
    /// Means over the validation images after the epoch, with sampled z; nil without such a set.
    public var validation: LossTerms?
    /// The part of the KL weight that held at the epoch's end: 1 without a warm-up.
    public var warmUpFactor: Double
    /// Training images a second.
    public var imagesPerSecond: Double
    /// Seconds of the epoch, validation included.
    public var seconds: Double
    /// What has collapsed, where something has.
    public var collapse: Collapse?
    /// The part of the training threads' time that went into reading images, 0 to 1; nil where they are in memory.
    public var dataWait: Double?

    private enum Key: String, CodingKey, CaseIterable {
        case epoch, step, loss, seconds, collapse
        case validationLoss = "val_loss"
        case warmUpFactor = "warm_up_factor"
        case imagesPerSecond = "images_per_second"
        case dataWait = "data_wait"
    }

    /// Metrics from their values.
    public init(
        epoch: Int, step: Int, training: LossTerms, validation: LossTerms?, warmUpFactor: Double,
        imagesPerSecond: Double, seconds: Double, collapse: Collapse?, dataWait: Double? = nil
    ) {
        self.epoch = epoch
        self.step = step
        self.training = training
        self.validation = validation
        self.warmUpFactor = warmUpFactor
        self.imagesPerSecond = imagesPerSecond
        self.seconds = seconds
        self.collapse = collapse
        self.dataWait = dataWait
    }

    /// Reads the flat object that `encode` writes: every key and no other, and losses that are the sums of their terms.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let all = try decoder.container(keyedBy: NameKey.self)
        func terms(_ prefix: String, sum: Key) throws -> LossTerms {
            let terms = try LossTerms(in: all, prefix: prefix)
            let loss = try values.decode(Double.self, forKey: sum)
            // Other programs may print fewer digits.
            guard abs(loss - terms.loss) <= 1e-6 * max(1, abs(loss)) else {
                throw DecodingError.dataCorruptedError(
                    forKey: sum, in: values, debugDescription: "\(loss) is not the sum of its terms, \(terms.loss)")
            }
            return terms
        }
        epoch = try values.decode(Int.self, forKey: .epoch)
        step = try values.decode(Int.self, forKey: .step)
        training = try terms("", sum: .loss)
        let hasValidation = all.allKeys.contains { $0.stringValue.hasPrefix("val_") }
        validation = hasValidation ? try terms("val_", sum: .validationLoss) : nil
        warmUpFactor = try values.decode(Double.self, forKey: .warmUpFactor)
        imagesPerSecond = try values.decode(Double.self, forKey: .imagesPerSecond)
        seconds = try values.decode(Double.self, forKey: .seconds)
        collapse = try values.decodeIfPresent(Collapse.self, forKey: .collapse)
        dataWait = try values.decodeIfPresent(Double.self, forKey: .dataWait)
        let known = Set(
            Key.allCases.map(\.rawValue) + training.keys(prefix: "") + (validation?.keys(prefix: "val_") ?? []))
        if let name = all.allKeys.map(\.stringValue).sorted().first(where: { !known.contains($0) }) {
            throw DecodingError.dataCorruptedError(
                forKey: NameKey(name), in: all, debugDescription: "no such value is known")
        }
    }

    /// Writes one flat object in the words of the progress bar, such as `val_loss`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        var all = encoder.container(keyedBy: NameKey.self)
        try values.encode(epoch, forKey: .epoch)
        try values.encode(step, forKey: .step)
        try values.encode(training.loss, forKey: .loss)
        try training.encode(in: &all, prefix: "")
        if let validation {
            try values.encode(validation.loss, forKey: .validationLoss)
            try validation.encode(in: &all, prefix: "val_")
        }
        try values.encode(warmUpFactor, forKey: .warmUpFactor)
        try values.encode(imagesPerSecond, forKey: .imagesPerSecond)
        try values.encode(seconds, forKey: .seconds)
        try values.encodeIfPresent(collapse, forKey: .collapse)
        try values.encodeIfPresent(dataWait, forKey: .dataWait)
    }
}

/// A model that has stopped telling images apart.
public enum Collapse: String, Hashable, Sendable, Codable {
    /// Every latent dimension carries less than 0.01 nats.
    case posterior
    /// More than 99.9 % of reconstructed pixels are zero: a dead ReLU at the output.
    case output

    /// Mean divergence below which a dimension counts as unused, in nats.
    package static let deadDimension = 0.01
    /// Part of zero pixels above which an output counts as dead.
    package static let deadOutput = 0.999

    /// What happened, and what helps, in plain words.
    public var explanation: String {
        switch self {
        case .posterior:
            "the code carries nothing: every latent dimension's KL is under 0.01 nats, so the decoder paints the same "
                + "image whatever it is given. A smaller --beta, a --warm-up or another --seed helps, unless the images "
                + "are all but black."
        case .output:
            "the output is dead: more than 99.9 % of reconstructed pixels are zero, and a ReLU that is always off "
                + "learns nothing more. Another --seed or a smaller --learning-rate helps, unless the images are all but "
                + "black."
        }
    }

    /// Looks at codes and at what is decoded from their means.
    package static func find(codes: DiagonalGaussian, reconstructions: [Float]) -> Collapse? {
        let zeros = reconstructions.reduce(0) { $0 + ($1 == 0 ? 1 : 0) }
        if Double(zeros) > deadOutput * Double(reconstructions.count) { return .output }
        guard codes.logVariance != nil else { return nil }
        return codes.meanDivergencePerDimension.allSatisfy { $0 < deadDimension } ? .posterior : nil
    }
}
