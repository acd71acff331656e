"""The layer cases: each a name, a layer, and the settings that Keras gives it. No arrays, no framework."""

from typing import Any

Case = dict[str, Any]


def _convolution(
    layer: str,
    prefix: str,
    input_shape: tuple[int, int, int, int],
    channels: int,
    kernel: tuple[int, int],
    strides: tuple[int, int] = (1, 1),
    padding: str = "valid",
    activation: str = "linear",
    **more: Any,
) -> Case:
    batch, height, width, input_channels = input_shape
    name = f"{prefix}-{batch}x{height}x{width}x{input_channels}-to-{channels}-kernel-{kernel[0]}x{kernel[1]}"
    name += f"-strides-{strides[0]}x{strides[1]}-{padding}"
    name += "" if activation == "linear" else f"-{activation}"
    return {
        "name": name,
        "layer": layer,
        "input_shape": list(input_shape),
        "channels": channels,
        "kernel_size": list(kernel),
        "strides": list(strides),
        "padding": padding,
        "activation": activation,
        **more,
    }


def conv(*settings: Any, **more: Any) -> Case:
    """Conv2D: input shape (NHWC), output channels, kernel, strides, padding, activation."""
    return _convolution("Conv2D", "conv", *settings, **more)


def transposed(*settings: Any, **more: Any) -> Case:
    """Conv2DTranspose, with the same settings as `conv`."""
    return _convolution("ConvTranspose2D", "transposed", *settings, **more)


def conv_pool(*settings: Any, **more: Any) -> Case:
    """Conv2D, its activation, then a 2×2 max-pool."""
    return _convolution("Conv2D+MaxPool2D", "conv-pool", *settings, pool_size=2, **more)


def upsample_transposed(*settings: Any, **more: Any) -> Case:
    """Nearest upsampling by 2, then Conv2DTranspose and its activation."""
    return _convolution("Upsample2D+ConvTranspose2D", "upsample-transposed", *settings, scale=2, **more)


def dense(batch: int, inputs: int, outputs: int, activation: str = "linear") -> Case:
    """Dense: batch, input and output width."""
    suffix = "" if activation == "linear" else f"-{activation}"
    return {
        "name": f"dense-{batch}x{inputs}-to-{outputs}{suffix}",
        "layer": "Dense",
        "input_shape": [batch, inputs],
        "channels": outputs,
        "activation": activation,
    }


def pool(input_shape: tuple[int, int, int, int], size: int, tied: bool = False) -> Case:
    """Max-pool with stride = size, odd edges dropped; `tied` draws few distinct values, so that maxima repeat."""
    name = "max-pool-" + "x".join(map(str, input_shape)) + f"-size-{size}" + ("-tied" if tied else "")
    case = {"name": name, "layer": "MaxPool2D", "input_shape": list(input_shape), "pool_size": size}
    return case | {"tied": True} if tied else case


def upsample(input_shape: tuple[int, int, int, int], scale: int) -> Case:
    """Nearest upsampling."""
    name = "upsample-" + "x".join(map(str, input_shape)) + f"-scale-{scale}"
    return {"name": name, "layer": "Upsample2D", "input_shape": list(input_shape), "scale": scale}


def activation(layer: str, input_shape: tuple[int, ...]) -> Case:
    """ReLU or Sigmoid on its own."""
    name = f"{layer.lower()}-" + "x".join(map(str, input_shape))
    return {"name": name, "layer": layer, "input_shape": list(input_shape)}


CASES: list[Case] = [
    conv((1, 1, 1, 1), 1, (1, 1)),
    conv((2, 7, 5, 3), 5, (1, 1)),
    conv((3, 9, 7, 1), 16, (5, 5)),
    conv((1, 11, 9, 16), 17, (3, 3), activation="relu"),
    conv((5, 6, 7, 2), 8, (2, 2)),
    conv((2, 5, 5, 33), 8, (4, 4)),
    conv((2, 8, 9, 5), 3, (3, 2)),
    conv((1, 7, 13, 8), 33, (1, 5)),
    conv((3, 9, 11, 3), 8, (3, 3), (2, 2)),
    conv((2, 11, 13, 2), 5, (5, 5), (3, 3)),
    conv((2, 9, 7, 3), 5, (1, 1), (2, 2)),
    conv((1, 12, 9, 5), 2, (4, 3), (3, 1)),
    conv((2, 7, 9, 3), 16, (3, 3), padding="same"),
    conv((3, 5, 7, 8), 17, (5, 5), padding="same", activation="relu"),
    conv((1, 7, 6, 2), 3, (4, 4), padding="same"),
    conv((2, 2, 3, 1), 2, (5, 5), padding="same"),
    conv((2, 8, 9, 3), 5, (3, 3), (2, 2), "same"),
    conv((1, 11, 10, 5), 8, (5, 2), (2, 3), "same"),
    conv((2, 7, 8, 16), 3, (4, 4), (3, 3), "same"),
    conv((2, 7, 8, 3), 2, (1, 1), (3, 2), "same"),
    transposed((2, 1, 1, 64), 17, (3, 3), activation="relu"),
    transposed((1, 5, 7, 3), 5, (1, 1)),
    transposed((3, 5, 3, 16), 33, (3, 3)),
    transposed((2, 7, 6, 8), 1, (5, 5), activation="relu"),
    transposed((5, 3, 4, 2), 3, (2, 2)),
    transposed((1, 4, 5, 5), 8, (4, 3)),
    transposed((2, 5, 4, 3), 8, (3, 3), (2, 2)),
    transposed((1, 3, 5, 17), 2, (4, 4), (2, 2), activation="relu"),
    transposed((2, 4, 3, 2), 5, (5, 5), (3, 3)),
    transposed((2, 3, 4, 3), 2, (2, 5), (3, 1)),
    transposed((2, 3, 3, 5), 3, (1, 1), (2, 2)),
    transposed((3, 5, 7, 3), 8, (3, 3), padding="same"),
    transposed((1, 6, 5, 2), 1, (4, 4), padding="same"),
    transposed((2, 5, 3, 8), 5, (3, 3), (2, 2), "same"),
    transposed((2, 3, 4, 5), 16, (5, 4), (2, 3), "same"),
    transposed((1, 4, 3, 3), 2, (2, 2), (3, 3), "same"),
    conv_pool((3, 9, 11, 1), 16, (5, 5), activation="relu"),
    conv_pool((2, 8, 7, 17), 5, (3, 3), activation="relu"),
    conv_pool((1, 7, 9, 3), 8, (2, 2)),
    conv_pool((2, 7, 5, 5), 3, (1, 1), activation="relu"),
    conv_pool((2, 9, 7, 2), 33, (3, 3), padding="same", activation="relu"),
    upsample_transposed((2, 5, 5, 16), 17, (3, 3), activation="relu"),
    upsample_transposed((1, 7, 5, 33), 1, (5, 5), activation="relu"),
    upsample_transposed((3, 3, 4, 5), 8, (2, 2)),
    upsample_transposed((2, 3, 5, 3), 2, (1, 1)),
    dense(1, 1, 1),
    dense(3, 7, 16),
    dense(5, 17, 33),
    dense(2, 33, 7, activation="relu"),
    dense(64, 16, 2),
    pool((2, 8, 6, 5), 2),
    pool((3, 7, 9, 3), 2),
    pool((1, 3, 3, 32), 2),
    pool((2, 10, 11, 17), 3),
    pool((2, 7, 8, 3), 2, tied=True),
    upsample((2, 5, 7, 3), 2),
    upsample((3, 1, 4, 17), 3),
    activation("ReLU", (3, 5, 7, 3)),
    activation("Sigmoid", (5, 33)),
]
