"""Trains the tutorial with several seeds and writes a table of what came out. Python's standard library only."""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

AUTHOR = "the tutorial's author: 33.65 / 33.75"
KERAS = "Keras 3.15.1 on TensorFlow 2.21, seed 1: 33.45 / 34.05"


def run(command: list[str], timeout: float) -> dict:
    """The JSON object on the last line that a command prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=timeout, check=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def train(program: str, runs: pathlib.Path, seed: int, epochs: int, precision: str, timeout: float) -> dict:
    """One training, or what is left of it, and its loss on the test set with z = mean."""
    folder = str(runs / f"seed-{seed}")
    begun = ["--resume", "last"] if pathlib.Path(folder, "checkpoints", "last.safetensors").exists() else []
    result = run([program, "train", "--preset", "tutorial", "--seed", str(seed), "--epochs", str(epochs), "--out", folder,
                  "--precision", precision, "--no-figures", "--progress", "lines", "--json", *begun], timeout)
    result["mean_code"] = run([program, "evaluate", folder, "--mean", "--json"], timeout)
    lines = (runs / f"seed-{seed}" / "metrics.jsonl").read_text().splitlines()
    result["history"] = [json.loads(line) for line in lines]
    return result


def table(results: list[dict], epochs: int, precision: str) -> str:
    """The results as Markdown."""
    good = [r for r in results if not r.get("collapse")]
    rows = [
        f"| {r['seed']} | {r['loss']:.2f} | {r['val_loss']:.2f} | {r['val_reconstruction_loss']:.2f} "
        f"| {r['val_kl_loss']:.2f} | {r['mean_code']['reconstruction_loss']:.2f} | {r.get('collapse') or '–'} |"
        for r in results
    ]

    def mean(key: str) -> str:
        return f"{statistics.mean(r[key] for r in good):.2f}" if good else "–"

    rows.append(f"| **mean of {len(good)}** | **{mean('loss')}** | **{mean('val_loss')}** "
                f"| {mean('val_reconstruction_loss')} | {mean('val_kl_loss')} "
                f"| {statistics.mean(r['mean_code']['reconstruction_loss'] for r in good) if good else 0:.2f} | |")
    shown = [e for e in (1, 2, 3, 5, 10, 15, 19, 20) if e <= epochs]
    curve = ["| seed | " + " | ".join(str(e) for e in shown) + " |", "|---" * (len(shown) + 1) + "|"]
    for r in results:
        cells = [f"{r['history'][e - 1]['loss']:.2f} / {r['history'][e - 1]['val_loss']:.2f}" for e in shown]
        curve.append(f"| {r['seed']} | " + " | ".join(cells) + " |")
    return "\n".join([
        "# Results of the tutorial's job", "",
        f"`make results`: `vae train --preset tutorial --epochs {epochs} --seed N` for each seed, {precision}, batch 64, Adam at",
        "0.001, all 60,000 training images; `val_` is the 10,000 test images with sampled z, as the tutorial does.",
        "Losses are the last epoch's; `loss` is the mean over its images while weights move. A run repeats byte for byte.",
        "", "| seed | loss | val_loss | val_reconstruction_loss | val_kl_loss | reconstruction, z = mean | collapse |",
        "|---|---|---|---|---|---|---|", *rows, "",
        f"For comparison, loss / val_loss: {AUTHOR}; {KERAS}.", "",
        "A run counts as collapsed when every latent dimension's KL is under 0.01 nats (`posterior`), or more than 99.9 %",
        "of reconstructed pixels are zero (`output`: the last ReLU is dead). It stays in the table and out of the mean.",
        "", "## loss / val_loss by epoch", "", *curve, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=".build/release/vae")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs"))
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for one training")
    parser.add_argument("--markdown", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    results = []
    for seed in range(arguments.seeds):
        print(f"seed {seed}", file=sys.stderr)
        results.append(train(arguments.program, arguments.runs, seed, arguments.epochs, arguments.precision,
                             arguments.timeout))
        arguments.markdown.write_text(table(results, arguments.epochs, arguments.precision))


if __name__ == "__main__":
    main()
