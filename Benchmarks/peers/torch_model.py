"""The tutorial's model in PyTorch."""

import torch
from torch import nn


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
        return self.decode(z), mean, log_variance

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """The images of codes [batch, 2]."""
        return self.decoder(self.project(z).view(-1, 64, 1, 1))


def tutorial(channels_last: bool) -> VariationalAutoencoder:
    """The model with fresh weights; refuses to be another than the tutorial's."""
    network = VariationalAutoencoder()
    parameters = sum(parameter.numel() for parameter in network.parameters())
    if parameters != 170_229:
        raise SystemExit(f"the tutorial's model has 170,229 parameters, this one {parameters}")
    return network.to(memory_format=torch.channels_last) if channels_last else network
