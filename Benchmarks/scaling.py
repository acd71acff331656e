"""What more threads bring: training beside multiply-adds on registers alone, in one run.

    python3 Benchmarks/scaling.py --markdown Documentation/benchmarks.md

Two virtual cores need not be two whole ones: the loop that only multiplies and adds says what the machine can give.
"""

import argparse
import json
import pathlib
import statistics
import sys

import machine
from measured_run import Failure, run
from sections import REPOSITORY, commit, publish

FIGURES = {
    "multiply-adds on registers, GFLOP/s": "peak_gflops",
    "training, images/s": "train_images_per_second",
    "encoding, images/s": "encode_images_per_second",
    "decoding, images/s": "decode_images_per_second",
    "one code decoded, a second": "decode_latency_us",
}


def values(output: str) -> dict[str, float]:
    """Each figure as a rate, of the JSON that `vae bench` prints."""
    result = json.loads(output)
    result["decode_latency_us"] = 1e6 / result["decode_latency_us"]
    return {title: float(result[key]) for title, key in FIGURES.items()}


def main() -> None:
    """Measures thread counts in turn, then prints and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=".build/release/vae")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs=2, default=[1, 2])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--markdown", type=pathlib.Path)
    arguments = parser.parse_args()
    rounds = []
    try:
        for _ in range(arguments.rounds):
            commands = [
                [arguments.program, "bench", "--json", "--seconds", str(arguments.seconds), "--threads", str(threads)]
                for threads in arguments.threads
            ]
            rounds.append([values(run(command, REPOSITORY, arguments.timeout).output) for command in commands])
    except Failure as failure:
        sys.exit(f"scaling.py: {failure}")
    few, many = arguments.threads
    lines = [
        f"| | {few} thread{'s' * (few > 1)} | {many} threads | times as fast | of {many / few:g}× |",
        "|---|---:|---:|---:|---:|",
    ]
    for title in FIGURES:
        before, after = (statistics.median(one[at][title] for one in rounds) for at in (0, 1))
        times = statistics.median(one[1][title] / one[0][title] for one in rounds)
        lines.append(f"| {title} | {before:,.0f} | {after:,.0f} | {times:.2f} | {times * few / many:.0%} |")
    lines += ["", f"Medians of {arguments.rounds} rounds, thread counts in turn; ratios within a round; commit {commit()}.", ""]
    lines += machine.lines()
    section = "\n".join(lines)
    publish(section, arguments.markdown, "threads")


if __name__ == "__main__":
    main()
