"""Makes `layers.safetensors`: every layer case, forward and backward, by PyTorch in double precision.

Arrays are drawn in float32, computed with in float64 and rounded to float32 once, so an implementation in float32
should come within its own rounding of them. Layouts are Keras's: images NHWC, Conv2D kernels [height, width, in, out],
Conv2DTranspose kernels [height, width, out, in], Dense kernels [in, out]. `check_layers.py` holds Keras against it.
"""

import json

import numpy as np
import torch
import torch.nn.functional as F

from golden_files import Arrays, normal, parse_arguments, save, uniform
from layer_cases import CASES, Case

# No maximum wins and no ReLU switches by less than this: float32 and float64 must choose alike.
SMALLEST_MARGIN = 1e-4


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's 'same': ceil(size / stride) outputs, and the odd element of padding goes after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def conv(x: torch.Tensor, kernel: torch.Tensor, bias: torch.Tensor, case: Case) -> torch.Tensor:
    """Conv2D on NCHW input with a Keras kernel."""
    if case["padding"] == "same":
        (top, bottom), (left, right) = map(same_padding, x.shape[2:], case["kernel_size"], case["strides"])
        x = F.pad(x, (left, right, top, bottom))
    return F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, stride=case["strides"])


def conv_transpose(x: torch.Tensor, kernel: torch.Tensor, bias: torch.Tensor, case: Case) -> torch.Tensor:
    """Conv2DTranspose on NCHW input with a Keras kernel.

    Keras's size is n·s + max(k − s, 0) for 'valid' and n·s for 'same': where the stride exceeds the kernel, rows that
    no input reaches (zero before the bias) follow; for 'same' the crop is the padding of the convolution it reverses.
    """
    y = F.conv_transpose2d(x, kernel.permute(3, 2, 0, 1), stride=case["strides"])
    for axis, (k, s) in enumerate(zip(case["kernel_size"], case["strides"]), start=2):
        n = x.shape[axis]
        missing = max(s - k, 0)
        y = F.pad(y, (0, missing, 0, 0) if axis == 3 else (0, 0, 0, missing))
        if case["padding"] == "same":
            y = y.narrow(axis, max(k - s, 0) // 2, n * s)
    return y + bias.reshape(1, -1, 1, 1)


def activate(y: torch.Tensor, case: Case, switches: list[torch.Tensor]) -> torch.Tensor:
    """Applies the case's activation and notes what a ReLU decided on."""
    if case["activation"] == "linear":
        return y
    switches.append(y.abs())
    return F.relu(y)


def pool(y: torch.Tensor, size: int, switches: list[torch.Tensor]) -> torch.Tensor:
    """Max-pool, noting how far each maximum is ahead of the next value of its window (exact ties aside)."""
    windows = F.unfold(y.reshape(-1, 1, *y.shape[2:]), size, stride=size)
    gaps = windows.max(dim=1, keepdim=True).values - windows
    switches.append(gaps[gaps > 0])
    return F.max_pool2d(y, size)


def forward(case: Case, parameters: dict[str, torch.Tensor], switches: list[torch.Tensor]) -> torch.Tensor:
    """The case's output from its input (Keras's layouts in and out)."""
    x, kernel, bias = parameters["input"], parameters.get("kernel"), parameters.get("bias")
    match case["layer"]:
        case "Dense":
            return activate(x @ kernel + bias, case, switches)
        case "ReLU":
            return F.relu(x)
        case "Sigmoid":
            return torch.sigmoid(x)
    y = x.permute(0, 3, 1, 2)
    for part in case["layer"].split("+"):
        match part:
            case "Conv2D":
                y = activate(conv(y, kernel, bias, case), case, switches)
            case "ConvTranspose2D":
                y = activate(conv_transpose(y, kernel, bias, case), case, switches)
            case "MaxPool2D":
                y = pool(y, case["pool_size"], switches)
            case "Upsample2D":
                y = F.interpolate(y, scale_factor=case["scale"], mode="nearest")
            case unknown:
                raise ValueError(f"{case['name']}: no layer {unknown}")
    return y.permute(0, 2, 3, 1)


def draw(case: Case, random: np.random.Generator) -> Arrays:
    """The case's input and weights, in float32."""
    shape = tuple(case["input_shape"])
    if case.get("tied"):
        return {"input": random.integers(-1, 2, shape).astype(np.float32)}
    if case["layer"] == "ReLU":
        x = normal(random, shape)
        x.flat[::7] = 0
        return {"input": x}
    if case["layer"] == "Sigmoid":
        x = 4 * normal(random, shape)
        x.flat[:4] = -100, 100, -20, 0
        return {"input": x}
    arrays = {"input": normal(random, shape)}
    if "channels" in case:
        channels = (shape[-1], case["channels"])
        arrays["kernel"] = uniform(
            random,
            tuple(case.get("kernel_size", ())) + (channels[::-1] if "Transpose" in case["layer"] else channels),
            0.5,
        )
        arrays["bias"] = uniform(random, (case["channels"],), 0.5)
    return arrays


def golden(case: Case, random: np.random.Generator) -> Arrays:
    """Draws a case until no decision in it is close, and computes its output and gradients."""
    for _ in range(1000):
        arrays = draw(case, random)
        parameters = {name: torch.from_numpy(a).double().requires_grad_() for name, a in arrays.items()}
        switches: list[torch.Tensor] = []
        output = forward(case, parameters, switches)
        if all((margin >= SMALLEST_MARGIN).all() for margin in switches):
            break
    else:
        raise ValueError(f"{case['name']}: every draw has a decision closer than {SMALLEST_MARGIN}")
    output_gradient = normal(random, tuple(output.shape))
    output.backward(torch.from_numpy(output_gradient).double())
    arrays |= {"output": output.detach().numpy(), "output_gradient": output_gradient}
    arrays |= {f"{name}_gradient": parameter.grad.numpy() for name, parameter in parameters.items()}
    return {f"{case['name']}/{name}": array for name, array in arrays.items()}


def main() -> None:
    """Writes the file."""
    arguments = parse_arguments(__doc__.splitlines()[0])
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    arrays: Arrays = {}
    for index, case in enumerate(CASES):
        # Each case has its own stream, so that a new case leaves the others as they were.
        random = np.random.default_rng([arguments.seed, *case["name"].encode()])
        made = golden(case, random)
        if made.keys() & arrays.keys():
            raise ValueError(f"case {index}: {case['name']} is there twice")
        arrays |= made
    metadata = {"torch": torch.__version__, "seed": str(arguments.seed), "cases": json.dumps(CASES)}
    save(arguments.out / "layers.safetensors", arrays, metadata)


if __name__ == "__main__":
    main()
