import Graphs
import Models
import Ops
import Settings
import Testing

/// Blocks as recipes and files write them.
struct CodingTests {
    static let blocks: [(Block, JSONValue)] = [
        (.dense(7, activation: .sigmoid), ["dense": ["units": 7, "activation": "sigmoid"]]),
        (
            .conv2D(
                Conv2D(5, KernelWindow(height: 3, width: 2, strideHeight: 1, strideWidth: 4, padding: .same)),
                activation: .relu),
            [
                "conv2d": [
                    "channels": 5, "kernel": [3, 2], "stride": [1, 4], "padding": "same", "activation": "relu",
                ]
            ]
        ),
        (.conv2DTranspose(5, kernel: 3, stride: 2), ["conv2d_transpose": ["channels": 5, "stride": 2]]),
        (.conv2D(4, kernel: 4, padding: .explicit(1)), ["conv2d": ["channels": 4, "kernel": 4, "padding": 1]]),
        (
            .conv2D(4, kernel: 4, padding: .explicit(top: 1, bottom: 0, left: 2, right: 3)),
            ["conv2d": ["channels": 4, "kernel": 4, "padding": [1, 0, 2, 3]]]
        ),
        (.maxPooling2D(height: 3, width: 2), ["max_pooling2d": ["size": [3, 2]]]),
        (.maxPooling2D(), "max_pooling2d"),
        (.upSampling2D(3), ["up_sampling2d": ["factor": 3]]),
        (.activation(.relu), "relu"),
        (
            .op(AnyOp(Dense(3)), activation: Activation(.leakyRelu, parameter: 0.2)),
            ["dense": ["units": 3, "activation": ["leaky_relu": ["slope": 0.2]]]]
        ),
        (.flatten, "flatten"),
        (.reshape([2, 3]), ["reshape": ["shape": [2, 3]]]),
        (.times(3, [.dense(4), .activation(.relu)]), ["times": [3, [["dense": ["units": 4]], "relu"]]]),
    ]

    @Test(arguments: blocks)
    func `a block reads back as itself`(block: Block, text: JSONValue) throws {
        #expect(block.written == text)
        #expect(try Block.list([text]) == [block])
    }

    @Test(
        arguments: [
            (["dense": 16], .dense(16)),
            (["max_pooling2d": 3], .maxPooling2D(3)),
            (["reshape": [4, 4, 2]], .reshape([4, 4, 2])),
            (["dense": ["units": 16.0, "activation": "linear"]], .dense(16)),
            (["up_sampling2d": nil], .upSampling2D(2)),
            (
                ["dense": ["units": 3, "activation": ["elu": 0.5]]],
                .op(AnyOp(Dense(3)), activation: Activation(.elu, parameter: 0.5))
            ),
            (["times": [2, "flatten"]], .times(2, [.flatten])),
        ] as [(JSONValue, Block)])
    func `shorter ways mean the same`(text: JSONValue, block: Block) throws {
        #expect(try Block.list([text]) == [block])
    }

    @Test(
        arguments: [
            (["drop_out"], "[0].drop_out: no layer is called drop_out; did you mean dropout?"),
            (["conv2D"], "[0].conv2D: no layer is called conv2D; did you mean conv2d?"),
            (["flatten", 3], "[1]: expected a layer's name, or its name with settings, found 3"),
            ([["dense": ["unit": 3]]], "[0].dense.unit: dense has no setting called unit; did you mean units?"),
            ([["dense": ["units": 0]]], "[0].dense.units: expected a whole number from 1 to 268435456, found 0"),
            ([["dense": ["units": 2.5]]], "[0].dense.units: expected a whole number from 1 to 268435456, found 2.5"),
            (
                [["dense": ["units": 1, "activation": "rleu"]]],
                "[0].dense.activation: expected an activation function, found rleu; did you mean relu?"
            ),
            (
                [["dense": ["units": 1, "activation": ["relu": 3]]]],
                "[0].dense.activation.3: relu has no settings, so 3 means nothing"
            ),
            ([["flatten": 3]], "[0].flatten: flatten has no settings, found 3"),
            ([["flatten": ["x": 3]]], "[0].flatten.x: flatten has no settings, so x means nothing"),
            ([["times": [0, []]]], "[0].times: expected [count, layers] with a count of 1 to 1000, found a list of 2"),
            ([["times": [3, ["flaten"]]]], "[0].times[1][0].flaten: no layer is called flaten; did you mean flatten?"),
            ([["times": [600, ["flatten", "flatten"]]]], "[0].times[1]: more than 1000 layers"),
            (
                [["conv2d": ["channels": 1, "padding": [1, 2, 3]]]],
                "[0].conv2d.padding: expected valid, same, or pixels: a number for all sides, [height, width], or "
                    + "[top, bottom, left, right], found [1, 2, 3]"
            ),
            (
                ["batch_norm"],
                "[0].batch_norm: there is no batch normalization: a thread never sees the whole batch, and results would "
                    + "depend on who is beside whom in it; use group_norm, which normalizes each image by itself"
            ),
            ("flatten", "expected a list of layers, found flatten"),
            // They would end the program if they became shapes.
            (
                [["reshape": [-1]]],
                "[0].reshape.shape: expected a list of one to four whole numbers from 1, found [-1]"
            ),
            (
                [["reshape": [4_294_967_296, 4_294_967_296]]],
                "[0].reshape.shape: expected a list of one to four whole numbers from 1, found [4294967296, 4294967296]"
            ),
        ] as [(JSONValue, String)])
    func `what means nothing is refused with its place`(text: JSONValue, words: String) {
        let error = #expect(throws: SettingError.self) { try Block.list(text) }
        #expect(error?.description == words)
    }
}
