import Datasets
import Evaluation
import Formats
import Runs
import Settings
import Tensors

/// What a model can be asked; the raw values are the last parts of the addresses.
package enum Question: String, CaseIterable, Sendable {
    case encode, decode, reconstruct, prepare, sample, interpolate, score, neighbors, activations, grid

    /// What comes with a question.
    package enum Body: Sendable {
        /// A JSON object.
        case json([UInt8])
        /// Rows of codes or images, little-endian Float32.
        case octets([UInt8])
        /// One image as a file: PNG, JPEG or WebP, of any size.
        case picture([UInt8])
    }

    /// The members that its JSON object may have.
    package var members: [String] {
        switch self {
        case .encode, .score, .prepare: ["images"]
        case .decode: ["z"]
        case .reconstruct: ["images", "seed"]
        case .sample: ["count", "seed"]
        case .interpolate: ["from", "to", "steps", "path"]
        case .neighbors: ["z", "count", "split"]
        case .activations: ["image", "epsilon", "z"]
        case .grid: ["side", "range", "x", "y"]
        }
    }

    /// Whether its one array may come as raw numbers.
    package var takesOctets: Bool { takesPicture || self == .decode || self == .neighbors }

    /// Whether its one array may come as a picture.
    package var takesPicture: Bool {
        switch self {
        case .encode, .reconstruct, .prepare, .score, .activations: true
        case .decode, .sample, .interpolate, .neighbors, .grid: false
        }
    }
}

extension ExploredModel {
    /// Answers a question as it came.
    /// - Throws: `ExplorationError` that says what was expected and found; `CancellationError`.
    package func answer(_ question: Question, _ body: Question.Body) async throws -> any Answer {
        let fields: Fields
        switch body {
        case .json(let bytes): fields = try Fields(bytes, members: question.members)
        case .octets(let bytes): fields = try octetFields(question, bytes)
        case .picture(let bytes): fields = try await pictureFields(question, bytes)
        }
        switch question {
        case .encode: return try await encode(try fields.rows("images"))
        case .decode: return try await decode(try fields.rows("z"))
        case .reconstruct: return try await reconstruct(try fields.rows("images"), seed: try fields.seed())
        case .prepare: return try prepare(try fields.rows("images"))
        case .sample: return try await sample(try fields.integer("count", or: 16), seed: try fields.seed() ?? 0)
        case .interpolate:
            return try await interpolate(
                from: try fields.row("from"), to: try fields.row("to"), steps: try fields.integer("steps", or: 9),
                path: try fields.choice("path", [("linear", .linear), ("spherical", .spherical)], or: .linear))
        case .score: return try await score(try fields.rows("images"))
        case .neighbors:
            return try await neighbors(
                of: try fields.row("z"), count: try fields.integer("count", or: 8),
                split: try fields.choice(
                    "split", ImagePart.words.map { ($0, ImagePart(word: $0)!) }, or: .training))
        case .activations:
            if fields.has("z") {
                for other in ["image", "epsilon"] where fields.has(other) {
                    throw ExplorationError.invalid("z", expected: "no \(other) beside it", found: "one")
                }
                return try await activations(z: try fields.row("z"))
            }
            return try await activations(
                image: try fields.row("image"), epsilon: fields.has("epsilon") ? try fields.row("epsilon") : nil)
        case .grid:
            return try await grid(
                side: try fields.integer("side", or: 30), range: try fields.range(or: -3...3),
                x: try fields.integer("x", or: 0), y: try fields.integer("y", or: 1))
        }
    }

    /// The one array of a question that comes as raw numbers; all else is as where it is left out.
    private func octetFields(_ question: Question, _ bytes: [UInt8]) throws(ExplorationError) -> Fields {
        switch question {
        case .encode, .reconstruct, .prepare, .score:
            Fields(["images": try Rows(octets: bytes, width: imageShape.count, name: "images")])
        case .decode, .neighbors: Fields(["z": try Rows(octets: bytes, width: latent, name: "z")])
        case .activations: Fields(["image": try Rows(octets: bytes, width: imageShape.count, name: "image")])
        case .sample, .interpolate, .grid:
            throw .invalid("Content-Type", expected: "application/json", found: "application/octet-stream")
        }
    }
}

extension ExploredModel {
    private func pictureFields(_ question: Question, _ bytes: [UInt8]) async throws -> Fields {
        guard question.takesPicture else {
            throw ExplorationError.invalid("Content-Type", expected: "application/json", found: "a picture")
        }
        let name = question == .activations ? "image" : "images"
        let (settings, shape) = (pictureSettings, imageShape)
        // One at a time: a large picture takes memory while it is decoded.
        let rows = try await threads.live.run { try Rows(picture: bytes, as: settings, shape: shape, name: name) }
        return Fields([name: rows])
    }
}

/// The members of a question.
private struct Fields {
    private let json: JSONValue
    private let arrays: [String: Rows]

    init(_ arrays: [String: Rows]) {
        json = .object([])
        self.arrays = arrays
    }

    init(_ bytes: [UInt8], members: [String]) throws(ExplorationError) {
        do {
            json = try JSONValue(parsing: bytes, source: "the request")
        } catch {
            throw ExplorationError(.invalid, error.description)
        }
        guard let object = json.object else {
            throw .invalid("the request", expected: "a JSON object", found: json.kind)
        }
        if object.contains(where: { !members.contains($0.key) }) {
            try Names.require(object.map(\.key), among: members, of: "the request")
        }
        arrays = [:]
    }

    /// Whether a member is there; null is none.
    func has(_ key: String) -> Bool { arrays[key] != nil || (json[key] ?? .null) != .null }

    func rows(_ key: String) throws(ExplorationError) -> Rows {
        if let rows = arrays[key] { return rows }
        return try Rows(json, key: key)
    }

    func row(_ key: String) throws(ExplorationError) -> Rows {
        guard let rows = arrays[key] else { return try Rows(oneOf: json, key: key) }
        guard rows.count == 1 else { throw .invalid(key, expected: "one row", found: "\(rows.count)") }
        return rows
    }

    func integer(_ key: String, or standard: Int) throws(ExplorationError) -> Int {
        guard has(key), let value = json[key] else { return standard }
        guard let integer = value.integer else {
            throw .invalid(key, expected: "a whole number", found: text(value))
        }
        return integer
    }

    func seed() throws(ExplorationError) -> UInt64? {
        guard has("seed"), let value = json["seed"] else { return nil }
        guard let seed = value.integer.flatMap(UInt64.init(exactly:)) else {
            throw .invalid("seed", expected: "a whole number from 0 or null", found: text(value))
        }
        return seed
    }

    func choice<Value>(
        _ key: String, _ choices: [(word: String, value: Value)], or standard: Value
    ) throws(ExplorationError) -> Value {
        guard has(key), let value = json[key] else { return standard }
        guard let choice = choices.first(where: { value.string == $0.word }) else {
            throw .invalid(
                key, expected: choices.map { "\"\($0.word)\"" }.joined(separator: " or "), found: text(value))
        }
        return choice.value
    }

    func range(or standard: ClosedRange<Double>) throws(ExplorationError) -> ClosedRange<Double> {
        guard has("range"), let value = json["range"] else { return standard }
        let ends = (value.array ?? []).compactMap(\.number)
        guard ends.count == 2, value.array?.count == 2, ends.allSatisfy({ abs($0) <= 10_000 }), ends[0] < ends[1] else {
            throw .invalid("range", expected: "two rising numbers from -10000 to 10000", found: text(value))
        }
        return ends[0]...ends[1]
    }

    private func text(_ value: JSONValue) -> String { String(decoding: value.serialized().prefix(100), as: UTF8.self) }
}
