import Formats
import Models
import Settings

/// A likelihood as files hold it: an object of one member, its name, with an object of its settings.
extension Likelihood: Codable {
    /// Reads what `encode` writes, and the names of earlier files.
    public init(from decoder: any Decoder) throws {
        self = try decoder.reading { json throws(SettingError) in
            let json = EarlierNames.renamed(json)
            let likelihood = try Likelihood(json)
            try likelihood.requireAll(in: json)
            return likelihood
        }
    }

    /// Writes `{"gaussian": {"variance": 0.1}}`, or `{"bernoulli": {}}`.
    public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

/// An objective as files hold it: an object of one member, its name, with an object of all its settings.
extension Objective: Codable {
    /// Reads what `encode` writes, and the evidence lower bound of earlier files; no setting may be missing.
    public init(from decoder: any Decoder) throws {
        self = try decoder.reading { json throws(SettingError) in
            let json = EarlierNames.objective(json)
            let objective = try Objective(json)
            let given = json[objective.name]
            try given?.requireAll(["likelihood"] + objective.settings.map(\.name), of: objective.name)
            try objective.likelihood.requireAll(in: given?["likelihood"] ?? .null)
            return objective
        }
    }

    /// Writes `{"elbo": {"likelihood": {"bernoulli": {}}, "divergence": "sum", "beta": 1, "warm_up": 0}}`.
    public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

extension Likelihood {
    /// Files say every setting.
    fileprivate func requireAll(in json: JSONValue) throws(SettingError) {
        try (json[word] ?? .null).requireAll(kind.op.settings.map(\.name), of: word)
    }
}

extension JSONValue {
    fileprivate func requireAll(_ names: [String], of what: String) throws(SettingError) {
        for name in names where self[name] == nil { throw SettingError("\(what) has no \(name)") }
    }
}

extension Decoder {
    /// What settings make of a value.
    fileprivate func reading<Value>(_ read: (JSONValue) throws(SettingError) -> Value) throws -> Value {
        let json = try JSONValue(from: self)
        do throws(SettingError) { return try read(json) } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: "\(error)"))
        }
    }
}

/// Objectives as files had them while there was one: `{"likelihood": {"squaredError": {}}, "warmUp": 0 …}`.
private enum EarlierNames {
    private static let words = [
        "warmUp": "warm_up", "squaredError": "squared_error", "gaussianLearnedVariance": "gaussian_learned",
    ]

    /// An object with the names of its members as they are today.
    static func renamed(_ json: JSONValue) -> JSONValue {
        guard let members = json.object else { return json }
        return .object(
            members.map { member in
                // A name of today beside that of earlier files is one too many, and refused as such.
                guard let word = words[member.key], json[word] == nil else { return member }
                return .init(word, member.value)
            })
    }

    /// Leaves everything else as it is.
    static func objective(_ json: JSONValue) -> JSONValue {
        guard json["likelihood"] != nil, let members = renamed(json).object else { return json }
        return .object([
            .init("elbo", .object(members.map { $0.key == "likelihood" ? .init($0.key, renamed($0.value)) : $0 }))
        ])
    }
}
