"""How the cost of a training step grows: batch, image, channels, threads, one varied at a time, beside PyTorch.

    python3 Benchmarks/sweep.py --markdown Documentation/benchmarks.md

The model is the tutorial's, with larger images and other numbers of channels. A round runs each setting once, `vae` and
PyTorch in turn; there are as many rounds as fit the time, and a setting's ratio is the median of its rounds'.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

import machine
from measured_run import Failure, run
from sections import REPOSITORY, commit, write_section

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


def measure(setting: dict[str, int], arguments: argparse.Namespace) -> tuple[dict, dict]:
    """What both programs print for a setting."""
    images = min(6400, int(640 * (28 / setting["side"]) ** 2 * 64 / setting["channels"]), 20 * setting["batch-size"] + 80)
    images = max(setting["batch-size"], images)
    ours = [arguments.program, "bench", "--json", "--seconds", str(arguments.seconds), *options(setting)]
    theirs = [arguments.torch, "Benchmarks/peers/torch_step.py", "--channels-last", "--images", str(images)]
    outputs = [run(command, REPOSITORY, arguments.timeout).output for command in (ours, [*theirs, *options(setting)])]
    return json.loads(outputs[0]), json.loads(outputs[1])


def row(setting: dict[str, int], results: list[tuple[dict, dict]]) -> str:
    """One line of the table."""
    rates = [ours["train_images_per_second"] for ours, _ in results]
    work = [rate * ours["flops_per_image"] / 1e9 for rate, (ours, _) in zip(rates, results)]
    shares = [done / ours["peak_gflops"] for done, (ours, _) in zip(work, results)]
    peers = [theirs["images_per_second"] for _, theirs in results]
    ratios = [rate / peer for rate, peer in zip(rates, peers)]
    rate, done, share, peer, ratio = map(statistics.median, (rates, work, shares, peers, ratios))
    return (
        f"| {setting['batch-size']} | {setting['side']}² | {setting['channels']} | {setting['threads']} "
        f"| {rate:,.0f} | {done:.0f} | {share:.0%} | {peer:,.0f} | {ratio:.1f}× |"
    )


def table(results: list[list[tuple[dict, dict]]], rounds: int) -> str:
    """The whole section."""
    lines = [
        "The tutorial's layers with one setting varied at a time; float32; PyTorch in channels last, in turn with `vae`;",
        f"rounds: {rounds}; medians. Useful work is counted as the layers are written.", "",
        "| batch | image | channels | threads | images/s | useful GFLOP/s | of peak | PyTorch, images/s | ratio |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [row(setting, found) for setting, found in zip(rows(), results) if found]
    lines += ["", f"- commit {commit()}", *machine.lines()]
    return "\n".join(lines)


def main() -> None:
    """Measures round after round and writes the table after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=".build/release/vae")
    parser.add_argument("--torch", default=".venv-torch/bin/python")
    parser.add_argument("--rounds", type=int, default=3, help="at the most (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=15, help="no round begins that would last longer (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="of each run of ours (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--markdown", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    start = time.monotonic()
    results: list[list[tuple[dict, dict]]] = [[] for _ in rows()]
    for done in range(arguments.rounds):
        if (time.monotonic() - start) * (done + 1) > arguments.minutes * 60 * max(done, 1):
            break
        for setting, found in zip(rows(), results):
            try:
                found.append(measure(setting, arguments))
            except Failure as failure:
                sys.exit(f"sweep.py: {failure}")
            print(row(setting, found), file=sys.stderr, flush=True)
        write_section(arguments.markdown, "sweep", table(results, done + 1), "How the cost grows")


if __name__ == "__main__":
    main()
