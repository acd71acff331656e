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
    private let test: ImageDataset
    /// How many of the test images it holds.
    private(set) var pictures: Int
    /// Their bytes: gzip, base64.
    private(set) var pixels = ""

    init(
        detail: RunDetail, checkpoint: RunFolder.Point, weights: [(name: String, tensor: Tensor)],
        model: Program, codes: SetCodes, test: ImageDataset
    ) {
        self.detail = detail
        self.checkpoint = checkpoint
        self.weights = weights
        self.model = model
        self.codes = codes
        self.test = test
        pictures = test.count
        keepPictures(pictures)
    }

    /// Holds the first `count` test images only.
    mutating func keepPictures(_ count: Int) {
        pictures = count
        pixels = Base64.encode(Gzip.compress(Array(test.pixels.prefix(count * test.imageSize))))
    }

    var byteCount: Int { head.count + pixels.utf8.count + 64 }

    /// The document.
    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("images") { json in
                json.object { json in
                    json.member("count", .integer(pictures))
                    json.member("shape", .array([test.height, test.width, test.channels].map(JSONValue.integer)))
                    json.member("pixels", .string(pixels))
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
