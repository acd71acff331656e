"""The tutorial's model in PyTorch."""

import torch
from torch import nn


class VariationalAutoencoder(nn.Module):
    """The tutorial's model."""

    def __init__(self, side: int, channels: int) -> None:
        super().__init__()
        c, self.first = channels, (side - 24) // 4
        self.encoder = nn.Sequential(
            *(nn.Conv2d(1, c, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(c, c, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(c, c // 2, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.LazyLinear(16)),
        )
        self.mean, self.log_variance = nn.Linear(16, 2), nn.Linear(16, 2)
        self.project = nn.Linear(2, self.first**2 * c)
        self.decoder = nn.Sequential(
            *(nn.ConvTranspose2d(c, c, 3), nn.ReLU()),
            *(nn.ConvTranspose2d(c, c, 3), nn.ReLU(), nn.Upsample(scale_factor=2)),
            *(nn.ConvTranspose2d(c, c, 3), nn.ReLU(), nn.Upsample(scale_factor=2)),
            *(nn.ConvTranspose2d(c, 1, 5), nn.ReLU()),
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Reconstruction, mean and log-variance of images [batch, 1, 28, 28]."""
        h = self.encoder(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decode(z), mean, log_variance

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """The images of codes [batch, 2]."""
        return self.decoder(self.project(z).view(-1, self.decoder[0].in_channels, self.first, self.first))


def tutorial(channels_last: bool, side: int = 28, channels: int = 64) -> VariationalAutoencoder:
    """The model with fresh weights; refuses to be another than the tutorial's where it has its size."""
    network = VariationalAutoencoder(side, channels)
    network(torch.zeros(1, 1, side, side))  # a lazy layer learns its size
    parameters = sum(parameter.numel() for parameter in network.parameters())
    if (side, channels) == (28, 64) and parameters != 170_229:
        raise SystemExit(f"the tutorial's model has 170,229 parameters, this one {parameters}")
    return network.to(memory_format=torch.channels_last) if channels_last else network
