"""Images per second of the training step of the tutorial's VAE in PyTorch, on the CPU."""

import time

import torch
import torch.nn.functional as F
from torch import nn

from peer import argument_parser, report, training_images

parser = argument_parser(__doc__.splitlines()[0])
parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="bf16 means autocast")
parser.add_argument("--channels-last", action="store_true", help="keep images and kernels channels-last in memory")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
torch.manual_seed(0)


class VariationalAutoencoder(nn.Module):
    """The tutorial's model."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *(nn.Conv2d(1, 64, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(64, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(32, 16)),
        )
        self.mean, self.log_variance = nn.Linear(16, 2), nn.Linear(16, 2)
        self.project = nn.Linear(2, 64)
        self.decoder = nn.Sequential(
            *(nn.ConvTranspose2d(64, 64, 3), nn.ReLU()),
            *(nn.ConvTranspose2d(64, 64, 3), nn.ReLU(), nn.Upsample(scale_factor=2)),
            *(nn.ConvTranspose2d(64, 64, 3), nn.ReLU(), nn.Upsample(scale_factor=2)),
            *(nn.ConvTranspose2d(64, 1, 5), nn.ReLU()),
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Reconstruction, mean and log-variance of images [batch, 1, 28, 28]."""
        h = self.encoder(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decoder(self.project(z).view(-1, 64, 1, 1)), mean, log_variance


network = VariationalAutoencoder()
parameters = sum(parameter.numel() for parameter in network.parameters())
if parameters != 170_229:
    raise SystemExit(f"the tutorial's model has 170,229 parameters, this one {parameters}")
if arguments.channels_last:
    network = network.to(memory_format=torch.channels_last)
adam = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7, fused=True)


def step(x: torch.Tensor) -> torch.Tensor:
    """Forward, loss, backward, Adam; returns the loss."""
    if arguments.channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=arguments.precision == "bf16"):
        output, mean, log_variance = network(x)
    output, mean, log_variance = output.float(), mean.float(), log_variance.float()
    loss = 784 * F.mse_loss(output, x) - 0.5 * (1 + log_variance - mean * mean - log_variance.exp()).mean()
    adam.zero_grad(set_to_none=True)
    loss.backward()
    adam.step()
    return loss.detach()


images = torch.from_numpy(training_images(arguments.data, arguments.images).reshape(-1, 1, 28, 28))
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
