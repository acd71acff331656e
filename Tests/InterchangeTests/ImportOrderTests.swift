import Formats
import Interchange
import Recipes
import Tensors
import Testing
import Training

/// Layers whose names tell less than they seem to.
struct ImportOrderTests {
    private static let recipe = """
        image: [2, 2, 1]
        encoder:
          - flatten
          - dense: 4
        latent: 2
        decoder:
          - dense: 4
          - dense: 4
          - dense: 4
          - reshape: [2, 2, 1]
        """

    /// Keras counts layers over encoder, decoder and all models of a process: its decoder's `dense_1` is not ours.
    @Test(arguments: [0, 3])
    func `a counted name that is also one of ours does not come before the order`(made: Int) throws {
        func name(_ number: Int) -> String { number == 0 ? "dense" : "dense_\(number)" }
        func layer(_ path: String, _ inputs: Int, _ outputs: Int) -> [(name: String, tensor: Tensor)] {
            [
                (path + "/kernel", Tensor([inputs, outputs])), (path + "/bias", Tensor([outputs])),
            ]
        }
        let decoder = (1...3).map { "decoder/" + name(made + $0) }
        let file = SafetensorsFile(
            tensors: layer("encoder/" + name(made), 4, 4) + layer("encoder/z_mean", 4, 2)
                + layer("encoder/z_log_var", 4, 2) + layer(decoder[0], 2, 4) + layer(decoder[1], 4, 4)
                + layer(decoder[2], 4, 4))
        let configuration = try Recipe(parsing: Array(Self.recipe.utf8), source: "r.yaml").training
        let found = try WeightImport(
            parsing: file.serialized(), source: "keras.safetensors", into: configuration, WeightImport.Answers())
        #expect(
            found.layers.filter { $0.ours.hasPrefix("decoder") }.map(\.theirs) == decoder)
    }
}
