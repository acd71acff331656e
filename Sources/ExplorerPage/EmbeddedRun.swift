import Datasets
import Exploration
import Formats
import Models
import Runs
import Settings
import Tensors
import Training

/// What a self-contained page knows of its run; `page/embedded.js` reads it.
struct EmbeddedRun {
    let detail: RunDetail
    let checkpoint: RunFolder.Point
    /// Weights by name, in order.
    let weights: [(name: String, tensor: Tensor)]
    let model: Program
    let codes: SetCodes
    /// Images whose codes it holds, of all test images.
    private let shown: Spread
    private let test: ImageDataset
    private let layout: SheetLayout
    /// Images whose pictures it holds, of those whose codes it holds.
    private(set) var pictures: Spread
    /// Those pictures: PNG sheets in base64.
    private var sheets: [String] = []

    init(
        detail: RunDetail, checkpoint: RunFolder.Point, weights: [(name: String, tensor: Tensor)],
        model: Program, codes: SetCodes, test: ImageDataset
    ) {
        self.detail = detail
        self.checkpoint = checkpoint
        self.weights = weights
        self.model = model
        self.codes = codes.spread(SetCodes.mostShown)
        self.test = test
        shown = Spread(SetCodes.mostShown, of: test.count)
        layout = SheetLayout(test.shape)
        pictures = Spread(0, of: shown.count)
    }

    /// Holds as many pictures as fit into so many bytes, from all over the set.
    /// - Throws: `ExplorationError`, `FormatError` or `PictureError`.
    mutating func keepPictures(within room: Int) throws {
        func bytes() -> Int { sheets.reduce(0) { $0 + $1.utf8.count } + nameBytes }
        // A few tell how much an image takes: nobody waits for a hundred thousand that are not to stay.
        try keepPictures(min(shown.count, 256))
        var count = min(shown.count, max(0, room) * pictures.count / max(1, bytes()))
        while count > 0 {
            try keepPictures(count)
            if bytes() <= room { return }
            count = min(count - 1, count * room / bytes())
        }
        try keepPictures(0)
    }

    private mutating func keepPictures(_ count: Int) throws {
        pictures = Spread(count, of: shown.count)
        let positions = self.positions
        sheets = try stride(from: 0, to: count, by: layout.capacity).map { first in
            let part = positions[first..<min(first + layout.capacity, count)]
            return Base64.encode(try test.sheet(part, columns: layout.columns))
        }
    }

    /// Of the pictures in the test set.
    private var positions: [Int] { pictures.positions.map { shown[$0] } }

    private var names: [String]? { test.fileNames.map { names in positions.map { names[$0] } } }
    private var nameBytes: Int { names?.reduce(0) { $0 + $1.utf8.count + 3 } ?? 0 }

    /// Without pictures.
    var byteCount: Int { head.count + 128 }

    /// The document.
    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("images") { json in
                json.object { json in
                    json.member("count", .integer(pictures.count))
                    json.member("shape", shape: test.shape)
                    json.member("sheets", .array(sheets.map(JSONValue.string)))
                    json.member("names", names.map { .array($0.map(JSONValue.string)) } ?? .null)
                }
            }
            writeRest(to: &json)
        }
        return json.output
    }

    /// All but the images.
    private var head: [UInt8] {
        var json = JSONWriter()
        json.object(writeRest)
        return json.output
    }

    private func writeRest(to json: inout JSONWriter) {
        json.member("detail") { json in json.object(detail.write) }
        json.member("checkpoint", .string(checkpoint.rawValue))
        json.member("model") { json in json.object(model.write) }
        json.member("parameters") { json in
            json.objects(weights) { json, weight in
                json.member("name", .string(weight.name))
                json.member("count", .integer(weight.tensor.shape.count))
            }
        }
        json.member("weights", base64(weights.flatMap(\.tensor.values)))
        json.member("codes") { json in
            json.object { json in
                let gaussian = codes.scores.codes
                json.member("count", .integer(codes.count))
                json.member("total", .integer(shown.total))
                json.member("mean", base64(gaussian.mean.values))
                json.member("log_variance", gaussian.logVariance.map { base64($0.values) } ?? .null)
                json.member("labels", codes.labels.map { base64($0.map(Float.init)) } ?? .null)
                json.member("reconstruction_loss", base64(codes.reconstructionLoss))
                json.member("kl_loss", base64(codes.klLoss))
            }
        }
    }

    private func base64(_ values: [Float]) -> JSONValue {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * values.count)
        bytes.append(littleEndian: values)
        return .string(Base64.encode(bytes))
    }

    /// As `config.json` has it.
    private func encoded(_ value: some Encodable) -> JSONValue {
        do {
            return try JSONValue(parsing: try JSONCoding.encode(value), source: "a run's settings")
        } catch {
            fatalError("settings that were read cannot be written: \(error)")
        }
    }
}
