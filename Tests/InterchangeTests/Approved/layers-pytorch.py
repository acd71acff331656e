"""A variational autoencoder, "layers", with the weights that swift-vae trained.

    from model import load
    model = load()
    mean, log_variance = model.encode(images)
    pictures = model.decode(mean)

Images are float32 [batch, 3, 13, 10] with values from 0 to 1, codes [batch, 3].
Pictures are the sigmoid of the decoder's output, which `logits` returns as it is.
Needs torch and safetensors.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


class Encoder(nn.Module):
    """Images [batch, 3, 13, 10] to the mean and log-variance of their codes, [batch, 3] each."""

    def __init__(self):
        super().__init__()
        self.conv2d = nn.Conv2d(3, 12, 3, padding=1, groups=3)
        self.residual_shortcut_conv2d = nn.Conv2d(12, 12, 1)
        self.residual_group_norm = nn.GroupNorm(4, 12, eps=1e-05)
        self.residual_residual_layer_norm = nn.LayerNorm(12, eps=1e-05)
        self.residual_residual_conv2d = nn.Conv2d(12, 12, 3, padding=1)
        self.concatenate_branch_0_conv2d = nn.Conv2d(12, 5, 1)
        self.concatenate_branch_2_conv2d = nn.Conv2d(12, 6, 2, stride=2)
        self.multiply_branch_0_layer_norm = nn.LayerNorm(23, eps=1e-05)
        self.add_branch_2_group_norm = nn.GroupNorm(1, 23, eps=1e-05)
        self.mean = nn.Linear(23, 3)
        self.log_variance = nn.Linear(23, 3)

    def forward(self, image):
        conv2d = F.silu(self.conv2d(image))  # [12, 13, 10]
        residual_shortcut_conv2d = self.residual_shortcut_conv2d(conv2d)  # [12, 13, 10]
        residual_group_norm = self.residual_group_norm(conv2d)  # [12, 13, 10]
        x = self.residual_residual_layer_norm(residual_group_norm.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)  # [12, 13, 10]
        x = self.residual_residual_conv2d(x)  # [12, 13, 10]
        x = residual_group_norm + x  # [12, 13, 10]
        residual_add = residual_shortcut_conv2d + x  # [12, 13, 10]
        x = F.max_pool2d(residual_add, 2)  # [12, 6, 5]
        concatenate_branch_0_conv2d = self.concatenate_branch_0_conv2d(x)  # [5, 6, 5]
        concatenate_branch_1_average_pooling2d = F.avg_pool2d(residual_add, 2)  # [12, 6, 5]
        x = self.concatenate_branch_2_conv2d(residual_add)  # [6, 6, 5]
        concatenate_concatenate = torch.cat([concatenate_branch_0_conv2d, concatenate_branch_1_average_pooling2d, x], 1)  # [23, 6, 5]
        multiply_branch_0_layer_norm = self.multiply_branch_0_layer_norm(concatenate_concatenate.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)  # [23, 6, 5]
        x = torch.sigmoid(concatenate_concatenate)  # [23, 6, 5]
        multiply_multiply = multiply_branch_0_layer_norm * x  # [23, 6, 5]
        add_branch_1_dropout = F.dropout(multiply_multiply, 0.25, self.training)  # [23, 6, 5]
        x = self.add_branch_2_group_norm(multiply_multiply)  # [23, 6, 5]
        x = torch.tanh(x)  # [23, 6, 5]
        x = multiply_multiply + add_branch_1_dropout + x  # [23, 6, 5]
        x = F.max_pool2d(x, (2, 1))  # [23, 3, 5]
        x = x.mean((2, 3))  # [23]
        return self.mean(x), self.log_variance(x)


class Decoder(nn.Module):
    """Codes [batch, 3] to the logits of images [batch, 3, 13, 10]."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(3, 24)
        self.layer_norm = nn.LayerNorm(24, eps=1e-05)
        self.group_norm = nn.GroupNorm(2, 4, eps=1e-05)
        self.conv2d_transpose = nn.ConvTranspose2d(4, 3, 3, padding=1)

    def forward(self, z):
        x = F.relu(self.dense(z))  # [24]
        x = self.layer_norm(x)  # [24]
        x = x.unflatten(1, (4, 2, 3))  # [4, 2, 3]
        x = F.interpolate(x, scale_factor=3, mode="bilinear", align_corners=False)  # [4, 6, 9]
        x = self.group_norm(x)  # [4, 6, 9]
        x = F.interpolate(x, scale_factor=3, mode="nearest-exact")  # [4, 18, 27]
        x = self.conv2d_transpose(x)  # [3, 18, 27]
        x = x[:, :, 2:15, 8:18]  # [3, 13, 10]
        return x


class VAE(nn.Module):
    """Encoder and decoder; calling it reconstructs images, in training from a sample of each code."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def encode(self, image):
        return self.encoder(image)

    def logits(self, z):
        return self.decoder(z)

    def decode(self, z):
        return torch.sigmoid(self.logits(z))

    def forward(self, image):
        mean, log_variance = self.encode(image)
        noise = torch.randn_like(mean) if self.training else torch.zeros_like(mean)
        return self.decode(mean + torch.exp(0.5 * log_variance) * noise), mean, log_variance


def load(path=Path(__file__).with_name("weights.safetensors")):
    """The trained model, ready to encode and decode."""
    model = VAE()
    model.load_state_dict(load_file(path))
    return model.eval()
