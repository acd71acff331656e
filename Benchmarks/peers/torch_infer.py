"""Speed of the tutorial's encoder and decoder in PyTorch, on the CPU."""

import torch

from inference_peer import argument_parser, measure
from torch_model import tutorial

parser = argument_parser(__doc__.splitlines()[0])
parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="bf16 means autocast")
arguments = parser.parse_args()
torch.manual_seed(0)
network = tutorial(channels_last=True).eval()


def encode(images):
    """Mean and log variance of [batch, 28, 28, 1]."""
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16"):
        features = network.encoder(torch.from_numpy(images).permute(0, 3, 1, 2))
        return network.mean(features), network.log_variance(features)


def decode(codes):
    """Images of codes [batch, 2]."""
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16"):
        return network.decode(torch.from_numpy(codes))


def decode_on(threads):
    """The decoding of one code on so many threads."""

    def run(codes):
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        return decode(codes)

    return run


torch.set_num_threads(arguments.threads)
ways = [decode_on(threads) for threads in {1, arguments.threads}]
measure(arguments, encode, decode, ways, torch=torch.__version__, precision=arguments.precision)
