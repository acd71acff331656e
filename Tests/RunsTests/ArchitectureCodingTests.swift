import Formats
import Graphs
import Models
import Ops
import Testing
import Training

/// Architectures as files hold them, today's and those of the first version.
struct ArchitectureCodingTests {
    @Test(arguments: [Architecture.tutorial, Architecture.tutorial(latent: 5, output: nil).plainAutoencoder])
    func `an architecture reads back as itself`(architecture: Architecture) throws {
        let bytes = try JSONCoding.encode(architecture)
        #expect(try JSONCoding.decode(Architecture.self, from: bytes, source: "a", "an architecture") == architecture)
    }

    /// As the first version wrote them: every kind of layer, every setting.
    private static let first = #"""
        {"name":"old","imageShape":[10,9,2],"latent":3,"isVariational":false,
        "encoder":[
        {"layer":"Conv2D","filters":5,"kernelHeight":3,"kernelWidth":2,"strideHeight":1,"strideWidth":4,"padding":"same",
        "activation":"relu"},{"layer":"MaxPooling2D","height":3,"width":2},{"layer":"Activation","function":"sigmoid"},
        {"layer":"Activation","function":"linear"},{"layer":"Flatten"}],
        "decoder":[{"layer":"Dense","units":7,"activation":"linear"},{"layer":"Reshape","shape":[1,7,1]},
        {"layer":"Conv2DTranspose","filters":2,"kernelHeight":3,"kernelWidth":3,"strideHeight":2,"strideWidth":2,
        "padding":"valid","activation":"sigmoid"},{"layer":"UpSampling2D","factor":3}]}
        """#

    @Test func `layers of the first version are today's`() throws {
        let architecture = try JSONCoding.decode(
            Architecture.self, from: Array(Self.first.utf8), source: "a", "an architecture")
        let expected = Architecture(
            name: "old", imageShape: [10, 9, 2],
            encoder: [
                .conv2D(
                    Conv2D(5, KernelWindow(height: 3, width: 2, strideHeight: 1, strideWidth: 4, padding: .same)),
                    activation: .relu), .maxPooling2D(height: 3, width: 2), .activation(.sigmoid), .flatten,
            ], latent: 3,
            decoder: [
                .dense(7), .reshape([1, 7, 1]),
                .conv2DTranspose(2, kernel: 3, stride: 2, activation: .sigmoid), .upSampling2D(3),
            ], isVariational: false)
        #expect(architecture == expected)
    }

    @Test(arguments: [
        (#"{"layer":"Dropout"}"#, "at encoder: [0]: no layer is called Dropout"),
        (#"{"units":7}"#, "at encoder: [0].units: no layer is called units"),
        (#"{"layer":"Conv2D","filters":1,"kernelHeight":3}"#, "at encoder: [0]: no kernelWidth"),
        (
            #"{"layer":"Dense","units":1,"activation":"tang"}"#,
            "at encoder: [0].dense.activation: expected an activation function, found tang; did you mean tanh?"
        ),
        (
            #"{"layer":"Reshape","shape":[-1]}"#,
            "at encoder: [0].reshape.shape: expected a list of one to four whole numbers from 1, found [-1]"
        ),
    ])
    func `what no version wrote is refused`(layer: String, found: String) {
        let text = #"{"name":"x","imageShape":[4],"latent":1,"isVariational":true,"decoder":[],"encoder":[\#(layer)]}"#
        let error = #expect(throws: FormatError.self) {
            try JSONCoding.decode(Architecture.self, from: Array(text.utf8), source: "a", "an architecture")
        }
        #expect(error?.found == found)
    }
}
