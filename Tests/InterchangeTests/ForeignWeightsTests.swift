import Formats
import Tensors
import Testing

@testable import Interchange

private func floats(_ count: Int) -> Tensor { Tensor([count], Array(repeating: 0.5, count: count)) }

private func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch { return "\(error)" }
}

/// Names and orders that other libraries' files have, before anything is matched.
struct ForeignWeightsTests {
    /// Keras's first layer of a kind has no number, and its eleventh is no second.
    @Test func `names are ordered as people order them`() {
        let names = ["conv2d", "conv2d_2", "conv2d_10", "dense", "dense_1"]
        #expect(names.reversed().sorted { NaturalOrder($0) < NaturalOrder($1) } == names)
        #expect(NaturalOrder("conv2d").isNumbered(like: NaturalOrder("conv2d_3")))
        #expect(!NaturalOrder("first").isNumbered(like: NaturalOrder("second")))
    }

    @Test(
        arguments: [
            (["encoder", "dense"], "encoder"), (["enc_1"], "encoder"), (["VAEDecoder"], "decoder"),
            (["dec"], "decoder"),
            (["dense"], nil), ([], nil),
        ] as [([String], String?)])
    func `halves of a model by their names`(names: [String], part: String?) {
        #expect(ForeignWeights.Part(of: names)?.rawValue == part)
    }

    /// What DataParallel and torch.compile put before names, and what only counts.
    @Test func `prefixes and counters are left out`() throws {
        let tensors = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map {
            (name: "module.encoder.norm.\($0)", tensor: floats(2))
        }
        let weights = try ForeignWeights(parsing: SafetensorsFile(tensors: tensors).serialized(), source: "a")
        #expect(weights.layers.map(\.name) == ["encoder.norm"])
        #expect(weights.layers[0].isBatchNorm && weights.layers[0].variables.count == 4)
    }

    @Test(
        arguments: [
            (
                ["encoder.pos_embed"],
                "weight and bias (of a batch norm running_mean and running_var too), or kernel and bias"
            ),
            (
                ["a.kernel", "a.weight_v"],
                "weight and bias (of a batch norm running_mean and running_var too), or kernel and bias"
            ),
        ] as [([String], String)])
    func `variables of no layer are named`(names: [String], expected: String) {
        let bytes = SafetensorsFile(tensors: names.map { ($0, floats(2)) }).serialized()
        let words = message { _ = try ForeignWeights(parsing: bytes, source: "a") }
        #expect(words == "a: expected \(expected), found \"\(names.last!)\" of shape [2]")
    }

    @Test func `a list that is none of get_weights()`() {
        let kernel = Tensor([1, 2], [1, 2])
        let many = [kernel] + (0..<7).map { _ in floats(2) }
        let bytes = NPZ.serialized(many.enumerated().map { (name: "arr_\($0)", tensor: $1) })
        #expect(
            message { _ = try ForeignWeights(parsing: bytes, source: "a.npz") }
                == "a.npz: expected arrays in the order of get_weights(): kernels, each with a bias or a norm, found 7 vectors "
                + "from \"arr_1\" on")
        #expect(
            message { _ = try ForeignWeights(parsing: SafetensorsFile().serialized(), source: "a") }
                == "a: expected weights of layers, found none")
    }

    /// Kernel, bias and a batch norm; then a kernel and a norm; then a norm alone is a kernel's.
    @Test func `a list with norms`() throws {
        let kernel = Tensor([1, 2], [1, 2])
        let list =
            [kernel] + (0..<5).map { _ in floats(2) } + [kernel, floats(2), floats(2), kernel]
            + (0..<3).map { _ in floats(2) }
        let bytes = NPZ.serialized(list.enumerated().map { (name: "arr_\($0)", tensor: $1) })
        let weights = try ForeignWeights(parsing: bytes, source: "a.npz")
        #expect(weights.layers.map(\.name) == ["arr_0", "arr_2", "arr_6", "arr_7", "arr_9", "arr_11"])
        #expect(weights.layers.map(\.isBatchNorm) == [false, true, false, false, false, false])
    }

    /// safetensors 0.8.0 sorts names as text.
    @Test func `layers of a safetensors file are in the order of their numbers`() throws {
        let names = ["encoder.0", "encoder.10", "encoder.2"]
        let file = SafetensorsFile(tensors: names.map { ($0 + ".weight", Tensor([2, 2], [1, 2, 3, 4])) })
        let weights = try ForeignWeights(parsing: file.serialized(), source: "a.safetensors")
        #expect(weights.layers.map(\.name) == ["encoder.0", "encoder.2", "encoder.10"])
    }

    /// NumPy 2.4.6 has no bfloat16, and writes it as raw bytes of two.
    @Test func `bfloat16 in an NPZ is refused by its type`() {
        var bytes = Array(NPY.serialized(floats(2)).dropLast(8))
        let type = bytes.indices.first { bytes[$0...].starts(with: Array("<f4".utf8)) }!
        bytes.replaceSubrange(type..<type + 3, with: Array("|V2".utf8))
        let archive = Zip.archive([("encoder.weight.npy", bytes + [0, 0, 0, 0])])
        let words = message { _ = try ForeignWeights(parsing: archive, source: "a.npz") }
        let types = "f4, f8, i8, i4, u4, i2, u2, i1, u1 or b1"
        #expect(words.hasSuffix("expected element type \(types), found '|V2'"), "\(words)")
    }

    @Test func `weights outside any group are of no layer`() {
        #expect(
            message { _ = try ForeignWeights(parsing: ForeignModels.bytes("keras-flat.h5"), source: "a.h5") }
                == "a.h5: expected the weights of layers in groups of their own, found \"/kernel\"")
    }

    /// Keras's older form: the order of layers is an attribute, the half is not in its names.
    @Test func `older files have an order`() throws {
        let weights = try ForeignWeights(parsing: ForeignModels.bytes("keras-encoder.h5"), source: "a.h5")
        #expect(weights.layers.map(\.name) == ["conv2d", "conv2d_1", "dense", "z_mean", "z_log_var"])
        #expect(weights.isOrdered && weights.format == "Keras weights of the older form, HDF5")
    }
}
