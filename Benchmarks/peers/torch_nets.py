"""Images per second of the training step of any recipe's network in PyTorch, channels last, on noise images.

    python3 Benchmarks/peers/torch_nets.py Benchmarks/peers/nets/resnet64.yaml --image 64,64,3 --batch-size 32

With `--onnx-runtime`, encoding and decoding in ONNX Runtime instead, of the network as PyTorch exports it.

The network is made of the recipe's own layers, so its parameters are as many as `vae summary` counts; the loss is the
squared error and the KL divergence, both summed.
"""

import argparse
import io
import json
import resource
import time
from collections.abc import Callable

import torch
import torch.nn as nn
import torch.nn.functional as F
import yaml

ACTIVATIONS = {
    "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "selu": nn.SELU, "silu": nn.SiLU, "gelu": nn.GELU, "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid, "softplus": nn.Softplus,
}


class Residual(nn.Module):
    """x + body(x)."""

    def __init__(self, body: nn.Module) -> None:
        """Around a body that keeps the shape."""
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum."""
        return x + self.body(x)


class Padded(nn.Module):
    """Keras's "same" padding before a strided convolution: the odd pixel goes to the bottom and right."""

    def __init__(self, layer: nn.Conv2d, kernel: int, stride: int) -> None:
        """Pads for windows of `kernel` pixels."""
        super().__init__()
        self.layer, self.kernel, self.stride = layer, kernel, stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pads, and convolves."""
        pads: list[int] = []
        for extent in (x.shape[3], x.shape[2]):
            total = max((-(-extent // self.stride) - 1) * self.stride + self.kernel - extent, 0)
            pads += [total // 2, total - total // 2]
        return self.layer(F.pad(x, pads))


def layer(name: str, settings: object, shape: list[int], image: list[int], flat: list[int]) -> list[nn.Module]:
    """The modules of one layer for an input of this shape (channels first)."""
    given = settings if isinstance(settings, dict) else {}
    if name in ACTIVATIONS:
        return [ACTIVATIONS[name]()]
    if name == "flatten":
        flat[:] = shape
        return [nn.Flatten()]
    if name in ("dense", "unflatten"):
        units = given.get("units", settings) if name == "dense" else torch.Size(flat).numel()
        modules = [nn.Linear(shape[0], int(units))]
        modules += [nn.Unflatten(1, tuple(flat))] if name == "unflatten" else []
    elif name in ("conv2d", "conv2d_transpose"):
        channels, kernel, stride = given["channels"], given.get("kernel", 3), given.get("stride", 1)
        channels = image[0] if channels == "image" else channels
        padding = given.get("padding", "valid")
        pixels = padding if isinstance(padding, int) else (kernel // 2 if padding == "same" and stride == 1 else 0)
        if name == "conv2d_transpose":
            modules = [nn.ConvTranspose2d(
                shape[0], channels, kernel, stride, pixels, given.get("output_padding", 0))]
        else:
            modules = [nn.Conv2d(shape[0], channels, kernel, stride, pixels)]
            modules = [Padded(modules[0], kernel, stride)] if padding == "same" and stride > 1 else modules
    elif name == "group_norm":
        return [nn.GroupNorm(given.get("groups", 8), shape[0])]
    elif name == "up_sampling2d":
        return [nn.Upsample(scale_factor=given.get("factor", 2))]
    elif name == "crop":
        return [nn.Identity()]
    else:
        raise SystemExit(f"{name} is not known here")
    return modules + ([ACTIVATIONS[given["activation"]]()] if "activation" in given else [])


def network(entries: list, shape: list[int], image: list[int], flat: list[int]) -> tuple[nn.Sequential, list[int]]:
    """A list of layers, and its output's shape."""
    modules: list[nn.Module] = []
    for entry in entries:
        name, settings = (entry, None) if isinstance(entry, str) else next(iter(entry.items()))
        if name == "times":
            body = settings[1] if isinstance(settings[1], list) else [settings[1]]
            inner, shape = network(body * settings[0], shape, image, flat)
            modules += list(inner)
            continue
        new = [Residual(network(settings, shape, image, flat)[0])] if name == "residual" else layer(
            name, settings, shape, image, flat)
        modules += new
        with torch.no_grad():
            shape = list(nn.Sequential(*new)(torch.zeros(2, *shape)).shape[1:])
    return nn.Sequential(*modules), shape


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("recipe")
parser.add_argument("--image", default="28,28,1", help="height, width, channels")
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=8)
parser.add_argument("--onnx-runtime", action="store_true")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
torch.manual_seed(0)
height, width, colours = (int(part) for part in arguments.image.split(","))
with open(arguments.recipe, encoding="utf-8") as file:
    recipe = yaml.safe_load(file)
image, flat = [colours, height, width], [0]
encoder, features = network(recipe["encoder"], image, image, flat)
mean, log_variance = nn.Linear(features[0], recipe["latent"]), nn.Linear(features[0], recipe["latent"])
decoder, output = network(recipe["decoder"], [recipe["latent"]], image, flat)
assert output == image, f"the decoder makes {output} of {image}"
model = nn.ModuleList([encoder, mean, log_variance, decoder]).to(memory_format=torch.channels_last)
adam = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)
x = torch.rand(arguments.batch_size, *image).contiguous(memory_format=torch.channels_last)


def step() -> None:
    """Forward, loss, backward, Adam."""
    h = encoder(x)
    m, v = mean(h), log_variance(h)
    y = decoder(m + torch.exp(0.5 * v) * torch.randn_like(m))
    loss = (F.mse_loss(y, x, reduction="sum") - 0.5 * (1 + v - m * m - v.exp()).sum()) / arguments.batch_size
    adam.zero_grad(set_to_none=True)
    loss.backward()
    adam.step()


def rate(work: Callable[[], object]) -> float:
    """Images a second: the median of three windows."""
    for _ in range(3):
        work()
    rates = []
    for _ in range(3):
        start, times = time.perf_counter(), 0
        while time.perf_counter() - start < arguments.seconds / 3:
            work()
            times += 1
        rates.append(times * arguments.batch_size / (time.perf_counter() - start))
    return round(sorted(rates)[1], 1)


class Encoder(nn.Module):
    """An image's mean and log variance."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Both heads of the encoder."""
        h = encoder(x)
        return mean(h), log_variance(h)


def onnx_rate(module: nn.Module, shape: list[int]) -> float:
    """The speed of a module in ONNX Runtime."""
    import onnxruntime

    example, file = torch.rand(arguments.batch_size, *shape), io.BytesIO()
    torch.onnx.export(module, (example,), file, input_names=["x"], opset_version=17, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(file.getvalue(), options, ["CPUExecutionProvider"])
    return rate(lambda: session.run(None, {"x": example.numpy()}))


if arguments.onnx_runtime:
    encoders = Encoder()
    encoders.parts = nn.ModuleList([encoder, mean, log_variance])
    results = {
        "encode_images_per_second": onnx_rate(encoders.eval(), image),
        "decode_images_per_second": onnx_rate(decoder.eval(), [recipe["latent"]]),
    }
else:
    results = {"train_images_per_second": rate(step)}
print(json.dumps(results | {
    "parameters": sum(parameter.numel() for parameter in model.parameters()),
    "peak_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    "batch_size": arguments.batch_size,
    "threads": arguments.threads,
    "torch": torch.__version__,
}))
