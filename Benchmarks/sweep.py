"""How the cost of a training step grows: batch, image, channels, threads, one varied at a time, beside PyTorch.

    python3 Benchmarks/sweep.py --markdown Documentation/sweep.md

The model is the tutorial's, with larger images and other numbers of channels. Each row runs `vae` and PyTorch in turn,
so many rounds; its ratio is the median of the rounds'.
"""

import argparse
import json
import pathlib
import statistics
import sys

import machine
from measured_run import Failure, run

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
START = {"batch-size": 64, "side": 28, "channels": 64, "threads": 2}
VARIED = {
    "batch-size": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    "side": [28, 32, 48, 64, 96, 128],
    "channels": [16, 32, 64, 128, 256],
    "threads": [1, 2],
}


def rows() -> list[dict[str, int]]:
    """Every setting once."""
    settings = [START | {name: value} for name, values in VARIED.items() for value in values]
    return [one for at, one in enumerate(settings) if one not in settings[:at]]


def options(setting: dict[str, int]) -> list[str]:
    """The setting as every program's options."""
    return [word for name, value in setting.items() for word in (f"--{name}", str(value))]


def main() -> None:
    """Measures row after row and writes the table after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=".build/release/vae")
    parser.add_argument("--torch", default=".venv-torch/bin/python")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--markdown", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    lines = [
        "# How the cost of a training step grows", "",
        "The tutorial's layers with one setting varied at a time (`Benchmarks/sweep.py`); float32; PyTorch in channels last,",
        f"in turn with `vae`, rounds: {arguments.rounds}; medians. Useful work is counted as the layers are written.", "",
        *(f"- {key}: {value}" for key, value in machine.description().items()), "",
        "| batch | image | channels | threads | images/s | useful GFLOP/s | of peak | PyTorch, images/s | ratio |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for setting in rows():
        ours, theirs = [], []
        images = max(setting["batch-size"], min(6400, int(640 * (28 / setting["side"]) ** 2 * 64 / setting["channels"])))
        try:
            for _ in range(arguments.rounds):
                command = [arguments.program, "bench", "--json", "--seconds", str(arguments.seconds), *options(setting)]
                ours.append(json.loads(run(command, REPOSITORY, arguments.timeout).output))
                command = [arguments.torch, "Benchmarks/peers/torch_step.py", "--channels-last", "--images", str(images)]
                theirs.append(json.loads(run([*command, *options(setting)], REPOSITORY, arguments.timeout).output))
        except Failure as failure:
            sys.exit(f"sweep.py: {failure}")
        rate = statistics.median(one["train_images_per_second"] for one in ours)
        peer = statistics.median(one["images_per_second"] for one in theirs)
        work = statistics.median(one["train_images_per_second"] * one["flops_per_image"] / 1e9 for one in ours)
        share = statistics.median(
            one["train_images_per_second"] * one["flops_per_image"] / 1e9 / one["peak_gflops"] for one in ours
        )
        ratio = statistics.median(
            mine["train_images_per_second"] / other["images_per_second"] for mine, other in zip(ours, theirs)
        )
        lines.append(
            f"| {setting['batch-size']} | {setting['side']}² | {setting['channels']} | {setting['threads']} "
            f"| {rate:,.0f} | {work:.0f} | {share:.0%} | {peer:,.0f} | {ratio:.1f}× |"
        )
        print(lines[-1], file=sys.stderr, flush=True)
        arguments.markdown.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
