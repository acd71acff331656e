import Layers
import Models
import Tensors
import Testing

/// What layers say of shapes: outputs that Keras has too, and errors in exact words.
struct ShapeTests {
    static let refusals: [(Layer, Shape, String)] = [
        (.dense(Dense(units: 0)), [4], "Dense: units must be at least 1, not 0"),
        (.dense(Dense(units: 3)), [2, 2, 1], "Dense: needs a flat input, not [2, 2, 1]: flatten it first"),
        (
            .conv2D(Conv2D(filters: 1, kernel: 3)), [9],
            "Conv2D: needs an input [height, width, channels], not [9]"
        ),
        (
            .conv2D(Conv2D(filters: 0, kernel: 3)), [5, 5, 1],
            "Conv2D: filters, kernel and stride must be at least 1"
        ),
        (
            .conv2D(Conv2D(filters: 1, kernel: 3, stride: 0)), [5, 5, 1],
            "Conv2D: filters, kernel and stride must be at least 1"
        ),
        (
            .conv2D(Conv2D(filters: 1, kernelHeight: 2, kernelWidth: 6)), [5, 5, 1],
            "Conv2D: a kernel 2×6 does not fit into [5, 5, 1]"
        ),
        (
            .convTranspose2D(ConvTranspose2D(filters: 2, kernel: 0)), [5, 5, 1],
            "Conv2DTranspose: filters, kernel and stride must be at least 1"
        ),
        (
            .convTranspose2D(ConvTranspose2D(filters: 2, kernel: 3)), [5, 5],
            "Conv2DTranspose: needs an input [height, width, channels], not [5, 5]"
        ),
        (.maxPool2D(MaxPool2D(0)), [4, 4, 1], "MaxPooling2D: a window of 1 to 256 pixels is needed"),
        (.maxPool2D(MaxPool2D(17)), [40, 40, 1], "MaxPooling2D: a window of 1 to 256 pixels is needed"),
        (
            .maxPool2D(MaxPool2D(height: 2, width: 5)), [4, 4, 1],
            "MaxPooling2D: a window 2×5 does not fit [4, 4, 1]"
        ),
        (.maxPool2D(MaxPool2D()), [16], "MaxPooling2D: needs an input [height, width, channels], not [16]"),
        (.upsample2D(Upsample2D(0)), [4, 4, 1], "UpSampling2D: the factor must be at least 1, not 0"),
        (.upsample2D(Upsample2D()), [16], "UpSampling2D: needs an input [height, width, channels], not [16]"),
        (.reshape([3, 3]), [8], "Reshape: [8] has 8 values, [3, 3] has 9"),
        // Settings of a hostile file, whose arithmetic overflows or whose plan has no room.
        (
            .dense(Dense(units: .max)), [4],
            "Dense: the kernel [4, 9223372036854775807] has more than 268435456 values"
        ),
        (
            .conv2D(Conv2D(filters: 1, kernelHeight: 3, kernelWidth: 3, strideWidth: .max, padding: .same)), [5, 5, 1],
            "Conv2D: kernel, stride and factor must be at most 1024"
        ),
        (
            .conv2D(Conv2D(filters: .max, kernel: 3)), [5, 5, 1],
            "Conv2D: the kernel [3, 3, 1, 9223372036854775807] has more than 268435456 values"
        ),
        (
            .conv2D(Conv2D(filters: 1, kernel: 1024, padding: .same)), [1, 200_000, 1],
            "Conv2D: the padded input [1024, 201023, 1] has more than 134217728 values"
        ),
        (
            .convTranspose2D(ConvTranspose2D(filters: 1, kernel: 3, stride: .max)), [5, 5, 1],
            "Conv2DTranspose: kernel, stride and factor must be at most 1024"
        ),
        (
            .convTranspose2D(ConvTranspose2D(filters: 200, kernel: 1, stride: 1024, padding: .same)), [1, 1024, 1],
            "Conv2DTranspose: the whole output [1024, 1048576, 200] has more than 134217728 values"
        ),
        (
            .convTranspose2D(ConvTranspose2D(filters: 20, kernel: 1024)), [1, 1, 20],
            "Conv2DTranspose: the kernel [1024, 1024, 20, 20] has more than 268435456 values"
        ),
        (
            .maxPool2D(MaxPool2D(height: .max, width: 2)), [4, 4, 1],
            "MaxPooling2D: a window of 1 to 256 pixels is needed"
        ),
        (.upsample2D(Upsample2D(.max)), [4, 4, 1], "UpSampling2D: kernel, stride and factor must be at most 1024"),
        (
            .upsample2D(Upsample2D(1024)), [12, 12, 1],
            "UpSampling2D: the output [12288, 12288, 1] has more than 134217584 values"
        ),
        (.flatten, [0, 3], "n: needs an input without empty axes, not [0, 3]"),
        (.flatten, [1 << 14, 1 << 14], "n: the input [16384, 16384] has more than 134217728 values"),
    ]

    @Test(arguments: refusals)
    func `a layer that does not fit is refused in words`(layer: Layer, input: Shape, words: String) {
        let error = #expect(throws: LayerError.self) {
            try Network(name: "n", layers: [layer], inputShape: input)
        }
        #expect(error?.description == words)
    }

    @Test(
        arguments: [
            (.conv2D(Conv2D(filters: 5, kernel: 3, stride: 2)), [8, 9, 2], [3, 4, 5]),
            (.conv2D(Conv2D(filters: 5, kernel: 3, stride: 2, padding: .same)), [8, 9, 2], [4, 5, 5]),
            (.conv2D(Conv2D(filters: 1, kernel: 5, padding: .same)), [2, 3, 1], [2, 3, 1]),
            (.convTranspose2D(ConvTranspose2D(filters: 5, kernel: 3, stride: 2)), [4, 3, 2], [9, 7, 5]),
            (.convTranspose2D(ConvTranspose2D(filters: 5, kernel: 1, stride: 3)), [4, 3, 2], [12, 9, 5]),
            (
                .convTranspose2D(ConvTranspose2D(filters: 5, kernel: 3, stride: 2, padding: .same)), [4, 3, 2],
                [8, 6, 5]
            ),
            (.maxPool2D(MaxPool2D()), [5, 4, 3], [2, 2, 3]),
            (.maxPool2D(MaxPool2D(16)), [16, 33, 3], [1, 2, 3]),
            (.upsample2D(Upsample2D(3)), [2, 1, 4], [6, 3, 4]),
            (.flatten, [2, 3, 4], [24]),
            (.reshape([4, 6]), [2, 3, 4], [4, 6]),
            (.activation(.sigmoid), [2, 3], [2, 3]),
            (.dense(Dense(units: 7)), [5], [7]),
        ] as [(Layer, Shape, Shape)])
    func `an output's shape is Keras's`(layer: Layer, input: Shape, output: Shape) throws {
        #expect(try Network(name: "n", layers: [layer], inputShape: input).outputShape == output)
    }

    @Test func `a network has an end`() {
        let error = #expect(throws: LayerError.self) {
            try Network(name: "n", layers: Array(repeating: .flatten, count: 1001), inputShape: [3])
        }
        #expect(error?.description == "n: 1001 layers, more than 1000")
    }

    @Test func `all outputs together have an end`() {
        let layers = Array(repeating: Layer.activation(.relu), count: 1000)
        let error = #expect(throws: LayerError.self) {
            try Network(name: "n", layers: layers, inputShape: [1 << 20])
        }
        #expect(error?.description == "Activation: the output [1048576] has more than 0 values")
    }

    @Test func `a network without layers gives back its input's shape`() throws {
        #expect(try Network(name: "n", layers: [], inputShape: [3]).outputShape == [3])
    }

    /// The tutorial's own tables: 57,652 and 112,577 parameters, 170,229 in all.
    @Test func `the tutorial's summary is its tables`() throws {
        let networks = try Architecture.tutorial.networks()
        func rows(_ network: Network) -> [String] {
            network.summary.map { "\($0.name) (\($0.type)) \($0.outputShape) \($0.parameters)" }
        }
        #expect(
            rows(networks.encoder) == [
                "input (Input) [28, 28, 1] 0", "conv2d (Conv2D) [24, 24, 64] 1664",
                "max_pooling2d (MaxPooling2D) [12, 12, 64] 0", "conv2d_1 (Conv2D) [10, 10, 64] 36928",
                "max_pooling2d_1 (MaxPooling2D) [5, 5, 64] 0", "conv2d_2 (Conv2D) [3, 3, 32] 18464",
                "max_pooling2d_2 (MaxPooling2D) [1, 1, 32] 0", "flatten (Flatten) [32] 0", "dense (Dense) [16] 528",
            ])
        #expect(rows(networks.mean) == ["input (Input) [16] 0", "dense (Dense) [2] 34"])
        #expect(networks.logVariance.map(rows) == rows(networks.mean))
        #expect(
            rows(networks.decoder) == [
                "input (Input) [2] 0", "dense (Dense) [64] 192", "reshape (Reshape) [1, 1, 64] 0",
                "conv2d_transpose (Conv2DTranspose) [3, 3, 64] 36928",
                "conv2d_transpose_1 (Conv2DTranspose) [5, 5, 64] 36928",
                "up_sampling2d (UpSampling2D) [10, 10, 64] 0",
                "conv2d_transpose_2 (Conv2DTranspose) [12, 12, 64] 36928",
                "up_sampling2d_1 (UpSampling2D) [24, 24, 64] 0",
                "conv2d_transpose_3 (Conv2DTranspose) [28, 28, 1] 1601",
            ])
        func count(_ network: Network) -> Int { network.summary.reduce(0) { $0 + $1.parameters } }
        #expect(count(networks.encoder) + count(networks.mean) + count(networks.logVariance!) == 57_652)
        #expect(count(networks.decoder) == 112_577)
        #expect(networks.parameterLayout.count == 170_229)
        #expect(networks.parameterLayout.parameters.count == 22)
    }
}
