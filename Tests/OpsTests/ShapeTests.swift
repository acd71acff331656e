import Graphs
import Ops
import Models
import Tensors
import Testing

/// What layers say of shapes: outputs that Keras has too, and errors in exact words.
struct ShapeTests {
    static let refusals: [(Block, Shape, String)] = [
        (.dense(0), [4], "n/dense: needs units, 1 or more"),
        (.dense(3), [2, 2, 1], "n/dense: needs a flat input, not [2, 2, 1]: flatten it first"),
        (
            .conv2D(1, kernel: 3), [9],
            "n/conv2d: needs an input [height, width, channels], not [9]"
        ),
        (
            .conv2D(0, kernel: 3), [5, 5, 1],
            "n/conv2d: needs channels, 1 or more"
        ),
        (
            .conv2D(1, kernel: 3, stride: 0), [5, 5, 1],
            "n/conv2d: kernel and stride must be at least 1"
        ),
        (
            .conv2D(Conv2D(1, KernelWindow(height: 2, width: 6))), [5, 5, 1],
            "n/conv2d: a kernel 2×6 does not fit into [5, 5, 1]"
        ),
        (
            .conv2DTranspose(2, kernel: 0), [5, 5, 1],
            "n/conv2d_transpose: kernel and stride must be at least 1"
        ),
        (
            .conv2DTranspose(2, kernel: 3), [5, 5],
            "n/conv2d_transpose: needs an input [height, width, channels], not [5, 5]"
        ),
        (.maxPooling2D(0), [4, 4, 1], "n/max_pooling2d: a window of 1 to 256 pixels is needed"),
        (.maxPooling2D(17), [40, 40, 1], "n/max_pooling2d: a window of 1 to 256 pixels is needed"),
        (
            .maxPooling2D(height: 2, width: 5), [4, 4, 1],
            "n/max_pooling2d: a window 2×5 does not fit [4, 4, 1]"
        ),
        (.maxPooling2D(), [16], "n/max_pooling2d: needs an input [height, width, channels], not [16]"),
        (.upSampling2D(0), [4, 4, 1], "n/up_sampling2d: the factor must be 1 to 1024, not 0"),
        (.upSampling2D(), [16], "n/up_sampling2d: needs an input [height, width, channels], not [16]"),
        (.reshape([3, 3]), [8], "n/reshape: [8] has 8 values, [3, 3] has 9"),
        // Settings of a hostile file, whose arithmetic overflows or whose plan has no room.
        (
            .dense(.max), [4],
            "n/dense: the kernel [4, 9223372036854775807] has more than 268435456 values"
        ),
        (
            .conv2D(Conv2D(1, KernelWindow(height: 3, width: 3, strideWidth: .max, padding: .same))), [5, 5, 1],
            "n/conv2d: kernel and stride must be at most 1024"
        ),
        (
            .conv2D(.max, kernel: 3), [5, 5, 1],
            "n/conv2d: the kernel [3, 3, 1, 9223372036854775807] has more than 268435456 values"
        ),
        (
            .conv2D(1, kernel: 1024, padding: .same), [1, 200_000, 1],
            "n/conv2d: the padded input [1024, 201023, 1] has more than 134217728 values"
        ),
        (
            .conv2DTranspose(1, kernel: 3, stride: .max), [5, 5, 1],
            "n/conv2d_transpose: kernel and stride must be at most 1024"
        ),
        (
            .conv2DTranspose(200, kernel: 1, stride: 1024, padding: .same), [1, 1024, 1],
            "n/conv2d_transpose: the whole output [1024, 1048576, 200] has more than 134217728 values"
        ),
        (
            .conv2DTranspose(20, kernel: 1024), [1, 1, 20],
            "n/conv2d_transpose: the kernel [1024, 1024, 20, 20] has more than 268435456 values"
        ),
        (
            .maxPooling2D(height: .max, width: 2), [4, 4, 1],
            "n/max_pooling2d: a window of 1 to 256 pixels is needed"
        ),
        (.upSampling2D(.max), [4, 4, 1], "n/up_sampling2d: the factor must be 1 to 1024, not 9223372036854775807"),
        (
            .upSampling2D(1024), [12, 12, 1],
            "n/up_sampling2d: the output [12288, 12288, 1] has more than 134217584 values"
        ),
        (.flatten, [0, 3], "input: needs a shape without empty axes, not [0, 3]"),
        (.flatten, [1 << 14, 1 << 14], "input: the output [16384, 16384] has more than 134217728 values"),
    ]

    /// The output of some blocks in a scope called `n`.
    private func output(_ blocks: [Block], _ input: Shape) throws(GraphError) -> Shape {
        var builder = GraphBuilder()
        let x = try builder.input("input", input)
        return try builder.within("n") { (builder) throws(GraphError) in try builder.apply(blocks, to: x) }.shape
    }

    @Test(arguments: refusals)
    func `a layer that does not fit is refused in words`(layer: Block, input: Shape, words: String) {
        let error = #expect(throws: GraphError.self) { try output([layer], input) }
        #expect(error?.description == words)
    }

    @Test(
        arguments: [
            (.conv2D(5, kernel: 3, stride: 2), [8, 9, 2], [3, 4, 5]),
            (.conv2D(5, kernel: 3, stride: 2, padding: .same), [8, 9, 2], [4, 5, 5]),
            (.conv2D(1, kernel: 5, padding: .same), [2, 3, 1], [2, 3, 1]),
            (.conv2DTranspose(5, kernel: 3, stride: 2), [4, 3, 2], [9, 7, 5]),
            (.conv2DTranspose(5, kernel: 1, stride: 3), [4, 3, 2], [12, 9, 5]),
            (
                .conv2DTranspose(5, kernel: 3, stride: 2, padding: .same), [4, 3, 2],
                [8, 6, 5]
            ),
            (.maxPooling2D(), [5, 4, 3], [2, 2, 3]),
            (.maxPooling2D(16), [16, 33, 3], [1, 2, 3]),
            (.upSampling2D(3), [2, 1, 4], [6, 3, 4]),
            (.flatten, [2, 3, 4], [24]),
            (.reshape([4, 6]), [2, 3, 4], [4, 6]),
            (.activation(.sigmoid), [2, 3], [2, 3]),
            (.dense(7), [5], [7]),
        ] as [(Block, Shape, Shape)])
    func `an output's shape is Keras's`(layer: Block, input: Shape, output: Shape) throws {
        #expect(try self.output([layer], input) == output)
    }

    @Test func `a graph has an end`() {
        let error = #expect(throws: GraphError.self) {
            try output(Array(repeating: .activation(.relu), count: 4001), [3])
        }
        #expect(error?.description == "n/relu_4000: the graph has more than 4000 nodes")
    }

    @Test func `all outputs together have an end`() {
        let error = #expect(throws: GraphError.self) {
            try output(Array(repeating: .activation(.relu), count: 1000), [1 << 20])
        }
        #expect(error?.description == "n/relu_127: the output [1048576] has more than 0 values")
    }

    @Test func `a list without blocks gives back its input`() throws {
        #expect(try output([], [3]) == [3])
    }

    /// The tutorial's own tables: 57,652 and 112,577 parameters, 170,229 in all.
    @Test func `the tutorial's summary is its tables`() throws {
        let model = try Architecture.tutorial.program()
        func rows(_ layers: [LayerSummary]) -> [String] {
            layers.map { "\($0.name) (\($0.type)) \($0.outputShape) \($0.parameters)" }
        }
        #expect(
            rows(model.layers(of: "encoder")) == [
                "conv2d (Conv2D) [24, 24, 64] 1664",
                "max_pooling2d (MaxPooling2D) [12, 12, 64] 0", "conv2d_1 (Conv2D) [10, 10, 64] 36928",
                "max_pooling2d_1 (MaxPooling2D) [5, 5, 64] 0", "conv2d_2 (Conv2D) [3, 3, 32] 18464",
                "max_pooling2d_2 (MaxPooling2D) [1, 1, 32] 0", "flatten (Flatten) [32] 0", "dense (Dense) [16] 528",
            ])
        #expect(rows(model.heads) == ["mean (Dense) [2] 34", "log_variance (Dense) [2] 34"])
        #expect(
            rows(model.layers(of: "decoder")) == [
                "dense (Dense) [64] 192", "reshape (Reshape) [1, 1, 64] 0",
                "conv2d_transpose (Conv2DTranspose) [3, 3, 64] 36928",
                "conv2d_transpose_1 (Conv2DTranspose) [5, 5, 64] 36928",
                "up_sampling2d (UpSampling2D) [10, 10, 64] 0",
                "conv2d_transpose_2 (Conv2DTranspose) [12, 12, 64] 36928",
                "up_sampling2d_1 (UpSampling2D) [24, 24, 64] 0",
                "conv2d_transpose_3 (Conv2DTranspose) [28, 28, 1] 1601",
            ])
        func count(_ layers: [LayerSummary]) -> Int { layers.reduce(0) { $0 + $1.parameters } }
        #expect(count(model.layers(of: "encoder") + model.heads) == 57_652)
        #expect(count(model.layers(of: "decoder")) == 112_577)
        #expect(model.graph.parameterLayout.count == 170_229)
        #expect(model.graph.parameterLayout.parameters.count == 22)
    }
}
