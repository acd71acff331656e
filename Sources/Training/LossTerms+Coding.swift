import Models

/// A key of any name.
struct NameKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

/// Loss terms as files hold them, under the names of the tutorial's metrics: of each its `kl_loss`, as weighted, and
/// of each but the reconstruction its value, `kl_nats`, or `norm_value` where it is not in nats.
extension LossTerms: Codable {
    private static let units = ["_nats", "_value"]

    /// Reads what `encode` writes; no term may be missing.
    public init(from decoder: any Decoder) throws {
        try self.init(in: decoder.container(keyedBy: NameKey.self), prefix: "")
    }

    /// Writes all terms.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: NameKey.self)
        try encode(in: &values, prefix: "")
    }

    /// - Parameter prefix: Before each name: `val_`.
    init(in values: KeyedDecodingContainer<NameKey>, prefix: String) throws {
        let names = values.allKeys.map(\.stringValue)
            .filter { $0.hasPrefix(prefix) && $0.hasSuffix("_loss") && $0.count > prefix.count + 5 }
            .map { String($0.dropFirst(prefix.count).dropLast(5)) }
            // `val_kl_loss` is no term called `val_kl`.
            .filter { !prefix.isEmpty || !$0.hasPrefix("val_") && $0 != "val" }
        func number(_ name: String) throws -> Double {
            try values.decode(Double.self, forKey: NameKey(prefix + name))
        }
        let others = try names.filter { $0 != Self.reconstructionName }.sorted().map { name in
            let unit = Self.units.first { values.contains(NameKey(prefix + name + $0)) } ?? Self.units[0]
            return Term(
                name, loss: try number(name + "_loss"), value: try number(name + unit), isNats: unit == Self.units[0])
        }
        let loss = try number(Self.reconstructionName + "_loss")
        try self.init(
            [Term(Self.reconstructionName, loss: loss, value: loss)] + others,
            images: values.decode(Int.self, forKey: NameKey(prefix + "images")))
    }

    /// - Parameter prefix: Before each name: `val_`.
    func encode(in values: inout KeyedEncodingContainer<NameKey>, prefix: String) throws {
        for term in terms {
            try values.encode(term.loss, forKey: NameKey(prefix + term.lossName))
            if let name = term.valueName { try values.encode(term.value, forKey: NameKey(prefix + name)) }
        }
        try values.encode(images, forKey: NameKey(prefix + "images"))
    }

    /// The names that `encode` writes.
    func keys(prefix: String) -> [String] {
        (terms.flatMap { [$0.lossName] + ($0.valueName.map { [$0] } ?? []) } + ["images"]).map { prefix + $0 }
    }
}

/// An unfinished epoch's sums as a checkpoint holds them: as loss terms are, none before the first image.
extension LossSum: Codable {
    private enum EarlierKeys: String, CodingKey {
        case reconstruction, kl, klNats, images
    }

    package init(from decoder: any Decoder) throws {
        let earlier = try decoder.container(keyedBy: EarlierKeys.self)
        if earlier.contains(.reconstruction) {
            func sum(_ key: EarlierKeys) throws -> Double { try earlier.decode(Double.self, forKey: key) }
            let sums = LossTerms(
                reconstruction: try sum(.reconstruction), kl: try sum(.kl), klNats: try sum(.klNats),
                images: try earlier.decode(Int.self, forKey: .images))
            self = sums.images == 0 && sums.loss == 0 && sums.klNats == 0 ? LossSum() : LossSum(sums)
        } else {
            let values = try decoder.container(keyedBy: NameKey.self)
            let isEmpty = values.allKeys.count == 1
            self = LossSum(
                isEmpty
                    ? LossTerms([], images: try values.decode(Int.self, forKey: NameKey("images")))
                    : try LossTerms(in: values, prefix: ""))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: NameKey.self)
        try sums.encode(in: &values, prefix: "")
    }
}
