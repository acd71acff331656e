"""Makes `layout-pytorch.safetensors`: a small model's state dict as PyTorch has it, and what the model computes.

Written by hand, not exported: each kind of weight is in it, a grouped convolution both ways, and dense layers on both
sides of flat images. Images and pictures are channels first.
"""

import torch
from torch import nn

from golden_files import parse_arguments, save


class Encoder(nn.Module):
    """Images [batch, 2, 6, 5] to mean and log-variance, [batch, 2]."""

    def __init__(self):
        super().__init__()
        self.conv2d = nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=1, groups=2)
        self.group_norm = nn.GroupNorm(2, 4)
        self.layer_norm = nn.LayerNorm(72)
        self.dense = nn.Linear(72, 7)
        self.mean, self.log_variance = nn.Linear(7, 2), nn.Linear(7, 2)

    def forward(self, x):
        x = torch.flatten(self.group_norm(self.conv2d(x)), 1)
        x = self.dense(self.layer_norm(x))
        return self.mean(x), self.log_variance(x)


class Decoder(nn.Module):
    """Codes to images."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(2, 24)
        self.conv2d_transpose = nn.ConvTranspose2d(4, 2, (4, 3), stride=(3, 2), padding=1, output_padding=(1, 0), groups=2)

    def forward(self, z):
        return self.conv2d_transpose(self.dense(z).unflatten(1, (4, 2, 3)))


def main() -> None:
    """Writes the file."""
    arguments = parse_arguments(__doc__.splitlines()[0])
    torch.manual_seed(arguments.seed)
    model = nn.ModuleDict({"encoder": Encoder(), "decoder": Decoder()})
    for name, parameter in model.named_parameters():
        if "norm" in name:
            nn.init.uniform_(parameter, 0.5, 1.5)
    images, codes = torch.rand(3, 2, 6, 5), torch.randn(3, 2)
    arrays = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    # The weights were drawn in float32; what they come to is computed in float64.
    with torch.no_grad():
        model.double()
        mean, log_variance = model["encoder"](images.double())
        pictures = model["decoder"](codes.double())
    arrays |= {"images": images.numpy(), "codes": codes.numpy()}
    arrays |= {"mean": mean.numpy(), "log_variance": log_variance.numpy(), "pictures": pictures.numpy()}
    save(
        arguments.out / "layout-pytorch.safetensors", arrays,
        {"torch": torch.__version__.split("+")[0], "seed": str(arguments.seed)},
    )


if __name__ == "__main__":
    main()
