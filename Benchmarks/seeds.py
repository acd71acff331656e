"""Trains a preset with several seeds and writes a table of what came out. Python's standard library only.

    python3 Benchmarks/seeds.py --seeds 5 --markdown Documentation/results.md
    python3 Benchmarks/seeds.py --seeds 1 --data /usr/share/datasets/fashion-mnist --section fashion-mnist \\
        --markdown Documentation/results.md
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

from sections import write_section

# How each preset is trained, what its validation is, and what others came to.
PROTOCOLS = {
    "tutorial": (
        "batch 64, Adam at 0.001, all training images; `val_` is the test images with sampled z, as the tutorial does",
        "loss / val_loss: the tutorial's author: 33.65 / 33.75; Keras 3.15.1 on TensorFlow 2.21, seed 1: 33.45 / 34.05",
    ),
    "keras-example": (
        "batch 128, Adam at 0.001, all 70,000 images, as its source does; `val_` is the test images, which are among them, "
        "with sampled z",
        "loss, reconstruction, KL of epoch 30: Keras's page 146.95, 140.15, 6.80 (one run of an earlier version); the page's "
        "code in Keras 3.15.1 on TensorFlow 2.21 149.10, 142.81, 6.29 (seed 0) and 149.99, 143.63, 6.36 (seed 1)",
    ),
}


def run(command: list[str], timeout: float) -> dict:
    """The JSON object on the last line that a command prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=timeout, check=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def train(arguments: argparse.Namespace, seed: int) -> dict:
    """One training, or what is left of it, and its loss on the test set with z = mean."""
    folder = arguments.runs / f"seed-{seed}"
    begun = ["--resume", "last"] if (folder / "checkpoints/last.safetensors").exists() else []
    data = ["--data", arguments.data] if arguments.data else []
    command = [arguments.program, "train", "--preset", arguments.preset, "--seed", str(seed), "--epochs", str(arguments.epochs)]
    command += ["--precision", arguments.precision, "--out", str(folder), "--no-figures", "--progress", "lines", "--json"]
    result = run([*command, *data, *begun], arguments.timeout)
    result["mean_code"] = run([arguments.program, "evaluate", str(folder), "--mean", "--json", *data], arguments.timeout)
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    result["history"] = [json.loads(line) for line in lines]
    return result


def table(results: list[dict], epochs: int, data: str | None, precision: str, preset: str) -> str:
    """The results as Markdown."""
    good = [r for r in results if not r.get("collapse")]
    rows = [
        f"| {r['seed']} | {r['loss']:.2f} | {r['reconstruction_loss']:.2f} | {r['kl_loss']:.2f} "
        f"| {r['val_loss']:.2f} | {r['val_reconstruction_loss']:.2f} | {r['val_kl_loss']:.2f} | {r['mean_code']['reconstruction_loss']:.2f} | {r.get('collapse') or '–'} |"
        for r in results
    ]

    def mean(key: str) -> str:
        return f"{statistics.mean(r[key] for r in good):.2f}" if good else "–"

    if len(results) > 1:
        rows.append(f"| **mean of {len(good)}** | **{mean('loss')}** | {mean('reconstruction_loss')} | {mean('kl_loss')} "
                    f"| **{mean('val_loss')}** | {mean('val_reconstruction_loss')} | {mean('val_kl_loss')} "
                    f"| {statistics.mean(r['mean_code']['reconstruction_loss'] for r in good) if good else 0:.2f} | |")
        spread = f"{statistics.stdev(r['loss'] for r in good):.2f}" if len(good) > 1 else "–"
        rows.append(f"| standard deviation | {spread} | | | | | | | |")
    shown = [e for e in (1, 2, 3, 5, 10, 15, 19, 20, 25, 30) if e <= epochs]
    curve = ["| seed | " + " | ".join(str(e) for e in shown) + " |", "|---" * (len(shown) + 1) + "|"]
    for r in results:
        cells = [f"{r['history'][e - 1]['loss']:.2f} / {r['history'][e - 1]['val_loss']:.2f}" for e in shown]
        curve.append(f"| {r['seed']} | " + " | ".join(cells) + " |")
    protocol, others = PROTOCOLS[preset]
    compared = [] if data else [f"For comparison, {others}.", ""]
    options = (f" --data {data}" if data else "") + (f" --precision {precision}" if precision != "f32" else "")
    words = f"`vae train --preset {preset}{options} --epochs {epochs} --seed N`"
    return "\n".join([
        f"{words},",
        f"each seed; {precision}, {protocol}.",
        "Losses are the last epoch's; `loss` is the mean over its images while weights move. A run repeats byte for byte.",
        "", "| seed | loss | reconstruction_loss | kl_loss | val_loss | val_reconstruction_loss | val_kl_loss | reconstruction, z = mean "
        "| collapse |",
        "|---|---|---|---|---|---|---|---|---|", *rows, "", *compared,
        "A run counts as collapsed when every latent dimension's KL is under 0.01 nats (`posterior`), or more than 99.9 %",
        "of reconstructed pixels are zero (`output`: the last ReLU is dead). It stays in the table and out of the mean.",
        "", "Losses by epoch, loss / val_loss:", "", *curve])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=".build/release/vae")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0")
    parser.add_argument("--preset", choices=list(PROTOCOLS), default="tutorial")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs"))
    parser.add_argument("--data", help="a folder of IDX files; MNIST if left out")
    parser.add_argument("--section", default="mnist", help="of the file, which is written (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for one training")
    parser.add_argument("--markdown", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    results = []
    for seed in range(arguments.seeds):
        print(f"seed {seed}", file=sys.stderr)
        results.append(train(arguments, seed))
        section = table(results, arguments.epochs, arguments.data, arguments.precision, arguments.preset)
        write_section(arguments.markdown, arguments.section, section)


if __name__ == "__main__":
    main()
