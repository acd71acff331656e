"""Speed of the tutorial's encoder and decoder in ONNX Runtime, float32, on the CPU."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from inference_peer import argument_parser, measure

random = np.random.default_rng(0)


class Graph:
    """A chain of nodes, with random weights unless it is given trained ones: its speed does not depend on them."""

    def __init__(self, trained: list[np.ndarray] | None = None) -> None:
        self.trained = list(trained or [])
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.parameters = 0

    def constant(self, values: np.ndarray) -> str:
        """An initialiser's name."""
        self.weights.append(numpy_helper.from_array(values, f"w{len(self.weights)}"))
        return self.weights[-1].name

    def weight(self, *shape: int) -> str:
        """Trainable values of about the size that a trained network has."""
        self.parameters += int(np.prod(shape))
        if self.trained:
            values = self.trained.pop(0)
            assert values.shape == shape, (values.shape, shape)
            return self.constant(values)
        return self.constant((random.standard_normal(shape) * 0.05).astype(np.float32))

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        """A node; its output's name."""
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def session(self, source: tuple[str, list], outputs: dict[str, list], threads: int) -> onnxruntime.InferenceSession:
        """The graph, ready to run on so many threads."""
        def value(name: str, shape: list) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

        graph = helper.make_graph(
            self.nodes, "tutorial", [value(*source)], [value(*one) for one in outputs.items()], self.weights
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        onnx.checker.check_model(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])


def encoder(threads: int) -> onnxruntime.InferenceSession:
    """Images [batch, 1, 28, 28] to mean and log variance."""
    graph, x = Graph(), "x"
    for inputs, filters, kernel in [(1, 64, 5), (64, 64, 3), (64, 32, 3)]:
        x = graph.add("Conv", x, graph.weight(filters, inputs, kernel, kernel), graph.weight(filters))
        x = graph.add("MaxPool", graph.add("Relu", x), kernel_shape=[2, 2], strides=[2, 2])
    x = graph.add("Gemm", graph.add("Flatten", x), graph.weight(32, 16), graph.weight(16))
    heads = {graph.add("Gemm", x, graph.weight(16, 2), graph.weight(2)): ["batch", 2] for _ in range(2)}
    assert graph.parameters == 57_652
    return graph.session(("x", ["batch", 1, 28, 28]), heads, threads)


def decoder(threads: int, trained: list[np.ndarray] | None = None) -> onnxruntime.InferenceSession:
    """Codes [batch, 2] to images [batch, 1, 28, 28]."""
    graph = Graph(trained)
    x = graph.add("Gemm", "x", graph.weight(2, 64), graph.weight(64))
    x = graph.add("Reshape", x, graph.constant(np.array([-1, 64, 1, 1])))
    for filters, kernel, grows in [(64, 3, False), (64, 3, False), (64, 3, True), (1, 5, True)]:
        if grows:
            scales = graph.constant(np.array([1, 1, 2, 2], np.float32))
            x = graph.add("Resize", x, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric",
                          nearest_mode="floor")
        x = graph.add("ConvTranspose", x, graph.weight(64, filters, kernel, kernel), graph.weight(filters))
        x = graph.add("Relu", x)
    assert graph.parameters == 112_577
    return graph.session(("x", ["batch", 2]), {x: ["batch", 1, 28, 28]}, threads)


if __name__ == "__main__":
    arguments = argument_parser(__doc__.splitlines()[0]).parse_args()
    encode, decode, single = encoder(arguments.threads), decoder(arguments.threads), decoder(1)
    ways = [single] if arguments.threads == 1 else [single, decode]
    measure(
        arguments,
        lambda images: encode.run(None, {"x": images.reshape(-1, 1, 28, 28)}),
        lambda codes: decode.run(None, {"x": codes}),
        [lambda codes, way=way: way.run(None, {"x": codes}) for way in ways],
        onnxruntime=onnxruntime.__version__,
    )
