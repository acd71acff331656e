"""Images per second of the training step of the tutorial's VAE in PyTorch, on the CPU."""

import time

import torch
import torch.nn.functional as F

from peer import argument_parser, report, training_images
from torch_model import tutorial

parser = argument_parser(__doc__.splitlines()[0])
parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="bf16 means autocast")
parser.add_argument("--channels-last", action="store_true", help="keep images and kernels channels-last in memory")
parser.add_argument("--side", type=int, default=28, help="height and width; others than 28 are noise")
parser.add_argument("--channels", type=int, default=64, help="of the hidden layers")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
torch.manual_seed(0)
network = tutorial(arguments.channels_last, arguments.side, arguments.channels)
adam = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7, fused=True)


def step(x: torch.Tensor) -> torch.Tensor:
    """Forward, loss, backward, Adam; returns the loss."""
    if arguments.channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=arguments.precision == "bf16"):
        output, mean, log_variance = network(x)
    output, mean, log_variance = output.float(), mean.float(), log_variance.float()
    loss = x[0].numel() * F.mse_loss(output, x) - 0.5 * (1 + log_variance - mean * mean - log_variance.exp()).mean()
    adam.zero_grad(set_to_none=True)
    loss.backward()
    adam.step()
    return loss.detach()


if arguments.side == 28:
    images = torch.from_numpy(training_images(arguments.data, arguments.images).reshape(-1, 1, 28, 28))
else:
    images = torch.rand(arguments.images, 1, arguments.side, arguments.side)
batches = images.split(arguments.batch_size)
for x in batches[:10]:
    step(x)
start = time.perf_counter()
total = sum(float(step(x)) * len(x) for x in batches)
report(
    arguments,
    len(images),
    time.perf_counter() - start,
    loss=round(total / len(images), 3),
    precision=arguments.precision,
    channels_last=arguments.channels_last,
    torch=torch.__version__,
)
