import Models

/// Loss terms as files hold them, under the names of the tutorial's metrics.
extension LossTerms: Codable {
    private enum CodingKeys: String, CodingKey {
        case reconstruction = "reconstruction_loss"
        case kl = "kl_loss"
        case klNats = "kl_nats"
        case images
    }

    /// Reads what `encode` writes; no term may be missing.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            reconstruction: values.decode(Double.self, forKey: .reconstruction),
            kl: values.decode(Double.self, forKey: .kl), klNats: values.decode(Double.self, forKey: .klNats),
            images: values.decode(Int.self, forKey: .images))
    }

    /// Writes all terms.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(reconstruction, forKey: .reconstruction)
        try values.encode(kl, forKey: .kl)
        try values.encode(klNats, forKey: .klNats)
        try values.encode(images, forKey: .images)
    }
}

/// An unfinished epoch's sums as a checkpoint holds them.
extension LossSum: Codable {
    private enum CodingKeys: String, CodingKey {
        case reconstruction, kl, klNats, images
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        reconstruction = try values.decode(Double.self, forKey: .reconstruction)
        kl = try values.decode(Double.self, forKey: .kl)
        klNats = try values.decode(Double.self, forKey: .klNats)
        images = try values.decode(Int.self, forKey: .images)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(reconstruction, forKey: .reconstruction)
        try values.encode(kl, forKey: .kl)
        try values.encode(klNats, forKey: .klNats)
        try values.encode(images, forKey: .images)
    }
}
