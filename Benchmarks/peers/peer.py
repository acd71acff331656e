"""What both peers share: the command line, the data, and the one line of JSON that they end with."""

import argparse
import gzip
import json
import pathlib
import platform

import numpy as np

MNIST = pathlib.Path(__file__).resolve().parent.parent.parent / "Sources/CMNISTData/data"


def argument_parser(description: str) -> argparse.ArgumentParser:
    """The options that both peers take."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=pathlib.Path, default=MNIST, help="folder of MNIST's gzip files")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--images", type=int, default=6400, help="how many images to train on while timed")
    parser.add_argument("--threads", type=int, default=2)
    return parser


def training_images(folder: pathlib.Path, count: int) -> np.ndarray:
    """The first `count` training images: float32 in [0, 1], [count, 28, 28, 1]."""
    raw = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    pixels = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28, 1)
    if not 0 < count <= len(pixels):
        raise SystemExit(f"--images must lie in 1...{len(pixels)}")
    return pixels[:count].astype(np.float32) / 255


def report(arguments: argparse.Namespace, images: int, seconds: float, **more: str | float) -> None:
    """Prints the result as one JSON object on one line."""
    result = {
        "images_per_second": round(images / seconds, 1),
        "images": images,
        "seconds": round(seconds, 3),
        "batch_size": arguments.batch_size,
        "threads": arguments.threads,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **more,
    }
    print(json.dumps(result))
