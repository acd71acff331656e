"""A variational autoencoder, "flats", with the weights that swift-vae trained.

    from model import load
    model = load()
    mean, log_variance = model.encode(images)
    pictures = model.decode(mean)

Images are float32 [batch, 3, 4, 5] with values from 0 to 1, codes [batch, 3].
Pictures are the decoder's output: each pixel's mean.
Needs torch and safetensors.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


class Encoder(nn.Module):
    """Images [batch, 3, 4, 5] to the mean and log-variance of their codes, [batch, 3] each."""

    def __init__(self):
        super().__init__()
        self.concatenate_branch_0_layer_norm = nn.LayerNorm(60, eps=1e-05)
        self.layer_norm = nn.LayerNorm(63, eps=1e-05)
        self.dense = nn.Linear(63, 60)
        self.residual_dense = nn.Linear(60, 60)
        self.conv2d = nn.Conv2d(3, 4, 3)
        self.layer_norm_1 = nn.LayerNorm(24, eps=1e-05)
        self.dense_1 = nn.Linear(24, 7)
        self.mean = nn.Linear(7, 3)
        self.log_variance = nn.Linear(7, 3)

    def forward(self, image):
        x = image.permute(0, 2, 3, 1).reshape(len(image), 60)  # [60]
        x = torch.tanh(x)  # [60]
        x = self.concatenate_branch_0_layer_norm(x)  # [60]
        concatenate_branch_0_dropout = F.dropout(x, 0.5, self.training)  # [60]
        x = image.mean((2, 3))  # [3]
        x = torch.cat([concatenate_branch_0_dropout, x], -1)  # [63]
        x = self.layer_norm(x)  # [63]
        dense = self.dense(x)  # [60]
        x = F.relu(self.residual_dense(dense))  # [60]
        x = dense + x  # [60]
        x = x.reshape(len(x), 4, 5, 3).permute(0, 3, 1, 2)  # [3, 4, 5]
        x = self.conv2d(x)  # [4, 2, 3]
        x = torch.flatten(x, 1)  # [24]
        x = self.layer_norm_1(x)  # [24]
        x = F.gelu(x, approximate="none")  # [24]
        x = self.dense_1(x)  # [7]
        return self.mean(x), self.log_variance(x)


class Decoder(nn.Module):
    """Codes [batch, 3] to images [batch, 3, 4, 5]."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(3, 40)
        self.layer_norm = nn.LayerNorm(40, eps=1e-05)
        self.conv2d = nn.Conv2d(4, 6, 1)
        self.residual_layer_norm = nn.LayerNorm(60, eps=1e-05)

    def forward(self, z):
        x = self.dense(z)  # [40]
        x = F.silu(x)  # [40]
        x = self.layer_norm(x)  # [40]
        x = x.unflatten(1, (4, 2, 5))  # [4, 2, 5]
        x = self.conv2d(x)  # [6, 2, 5]
        flatten = x.permute(0, 2, 3, 1).reshape(len(x), 60)  # [60]
        x = self.residual_layer_norm(flatten)  # [60]
        x = flatten + x  # [60]
        x = x.reshape(len(x), 4, 5, 3).permute(0, 3, 1, 2)  # [3, 4, 5]
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
