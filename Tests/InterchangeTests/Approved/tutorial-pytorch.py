"""A variational autoencoder, "tutorial", with the weights that swift-vae trained.

    from model import load
    model = load()
    mean, log_variance = model.encode(images)
    pictures = model.decode(mean)

Images are float32 [batch, 1, 28, 28] with values from 0 to 1, codes [batch, 2].
Pictures are the decoder's output: each pixel's mean.
Needs torch and safetensors.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


class Encoder(nn.Module):
    """Images [batch, 1, 28, 28] to the mean and log-variance of their codes, [batch, 2] each."""

    def __init__(self):
        super().__init__()
        self.conv2d = nn.Conv2d(1, 64, 5)
        self.conv2d_1 = nn.Conv2d(64, 64, 3)
        self.conv2d_2 = nn.Conv2d(64, 32, 3)
        self.dense = nn.Linear(32, 16)
        self.mean = nn.Linear(16, 2)
        self.log_variance = nn.Linear(16, 2)

    def forward(self, image):
        x = F.relu(self.conv2d(image))  # [64, 24, 24]
        x = F.max_pool2d(x, 2)  # [64, 12, 12]
        x = F.relu(self.conv2d_1(x))  # [64, 10, 10]
        x = F.max_pool2d(x, 2)  # [64, 5, 5]
        x = F.relu(self.conv2d_2(x))  # [32, 3, 3]
        x = F.max_pool2d(x, 2)  # [32, 1, 1]
        x = torch.flatten(x, 1)  # [32]
        x = self.dense(x)  # [16]
        return self.mean(x), self.log_variance(x)


class Decoder(nn.Module):
    """Codes [batch, 2] to images [batch, 1, 28, 28]."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(2, 64)
        self.conv2d_transpose = nn.ConvTranspose2d(64, 64, 3)
        self.conv2d_transpose_1 = nn.ConvTranspose2d(64, 64, 3)
        self.conv2d_transpose_2 = nn.ConvTranspose2d(64, 64, 3)
        self.conv2d_transpose_3 = nn.ConvTranspose2d(64, 1, 5)

    def forward(self, z):
        x = self.dense(z)  # [64]
        x = x.unflatten(1, (64, 1, 1))  # [64, 1, 1]
        x = F.relu(self.conv2d_transpose(x))  # [64, 3, 3]
        x = F.relu(self.conv2d_transpose_1(x))  # [64, 5, 5]
        x = F.interpolate(x, scale_factor=2, mode="nearest-exact")  # [64, 10, 10]
        x = F.relu(self.conv2d_transpose_2(x))  # [64, 12, 12]
        x = F.interpolate(x, scale_factor=2, mode="nearest-exact")  # [64, 24, 24]
        x = F.relu(self.conv2d_transpose_3(x))  # [1, 28, 28]
        return x


class VAE(nn.Module):
    """Encoder and decoder; calling it reconstructs images, in training from a sample of each code."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def encode(self, image):
        return self.encoder(image)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, image):
        mean, log_variance = self.encode(image)
        noise = torch.randn_like(mean) if self.training else torch.zeros_like(mean)
        return self.decode(mean + torch.exp(0.5 * log_variance) * noise), mean, log_variance


def load(path=Path(__file__).with_name("weights.safetensors")):
    """The trained model, ready to encode and decode."""
    model = VAE()
    model.load_state_dict(load_file(path))
    return model.eval()
