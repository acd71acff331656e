"""Folders of pictures, and the time that torchvision takes to read them.

    python torch_pictures.py make png28 FOLDER      # 60,000 grey PNG files of 28 × 28 in ten folders
    python torch_pictures.py make jpeg256 FOLDER    # 20,000 RGB JPEG files of 256 × 256 in ten folders, quality 90
    python torch_pictures.py read FOLDER [--size 64] [--grey]

`read` is what most people write: an ImageFolder with Resize and ToTensor, a DataLoader of two workers and batches of 128,
one pass, from the first batch asked for to the last one had. It prints images and seconds. Torch's threads are one a
process, as a DataLoader's workers have them.
"""

import argparse
import pathlib
import time

import numpy as np

KINDS = {"png28": (60_000, 28, "png"), "jpeg256": (20_000, 256, "jpg")}


def make(kind: str, folder: pathlib.Path) -> None:
    from PIL import Image

    count, side, ending = KINDS[kind]
    random = np.random.default_rng(0)
    y, x = np.mgrid[0:side, 0:side] / side
    for label in range(10):
        (folder / str(label)).mkdir(parents=True)
    for number in range(count):
        label = number % 10
        # A blob and a wave, with a little noise on them: as smooth as photographs are.
        centre, width = random.uniform(0.3, 0.7, 2), random.uniform(0.05, 0.2)
        blob = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / width**2)
        if kind == "png28":
            pixels = np.clip(255 * blob, 0, 255).astype(np.uint8)
        else:
            wave = 0.5 + 0.4 * np.sin(6 * x * (label + 1) + random.uniform(0, 6))
            colours = random.uniform(0.3, 1, 3)
            pixels = 255 * (0.6 * blob + 0.4 * wave)[..., None] * colours + random.normal(0, 4, (side, side, 1))
            pixels = np.clip(pixels, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / str(label) / f"{number:05d}.{ending}", quality=90)


def read(folder: pathlib.Path, size: int | None, grey: bool) -> None:
    import torch
    from torchvision import datasets, transforms

    torch.set_num_threads(1)
    steps = [transforms.Grayscale()] if grey else []
    steps += [transforms.Resize((size, size))] if size else []
    images = datasets.ImageFolder(folder, transforms.Compose([*steps, transforms.ToTensor()]))
    start, count = time.perf_counter(), 0
    for batch, _ in torch.utils.data.DataLoader(images, batch_size=128, num_workers=2):
        count += len(batch)
    print(count, time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("kind", choices=KINDS)
    making.add_argument("folder", type=pathlib.Path)
    reading = commands.add_parser("read")
    reading.add_argument("folder", type=pathlib.Path)
    reading.add_argument("--size", type=int)
    reading.add_argument("--grey", action="store_true")
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.kind, arguments.folder)
    else:
        read(arguments.folder, arguments.size, arguments.grey)


if __name__ == "__main__":
    main()
