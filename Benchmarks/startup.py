"""How long the program takes to start: `vae --version`, and a whole training of one step.

    python3 Benchmarks/startup.py --markdown Documentation/benchmarks.md

The training reads and checks all of MNIST, makes the model, takes one step of 64 images, validates, and writes its
checkpoints: an upper bound of the time to the first step. Processor time is given too, which other work hardly changes.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import machine
from sections import commit, publish


def once(command: list[str]) -> tuple[float, float]:
    """Milliseconds until a command ends, and of processor time."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    taken = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"startup.py: {' '.join(command)}: exit status {child.returncode}")
    return taken * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3


def row(title: str, wanted: int, times: list[tuple[float, float]]) -> str:
    """One line of the table."""
    wall, busy = zip(*times)
    return (
        f"| {title} | {statistics.median(wall):.0f} | {min(wall):.0f}–{max(wall):.0f} "
        f"| {statistics.median(busy):.0f} | {wanted} |"
    )


def main() -> None:
    """Measures, then prints and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=".build/release/vae")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--markdown", type=pathlib.Path)
    arguments = parser.parse_args()
    version, step = [], []
    with tempfile.TemporaryDirectory() as folder:
        training = [arguments.program, "train", "--limit", "64", "--epochs", "1", "--no-figures", "--overwrite"]
        for _ in range(arguments.rounds):
            version.append(once([arguments.program, "--version"]))
            step.append(once([*training, "--out", f"{folder}/run"]))
    section = "\n".join([
        "| from exec to exit | ms, median | range | processor time, ms | wanted |", "|---|---:|---:|---:|---:|",
        row("`vae --version`", 20, version), row("a whole training of one step", 500, step), "",
        "The training reads and checks all of MNIST, takes one step of 64 images, validates and writes its checkpoints:",
        f"an upper bound of the time to the first step. Rounds: {arguments.rounds}; commit {commit()}.", "",
        *machine.lines(),
    ])
    publish(section, arguments.markdown, "start-up")


if __name__ == "__main__":
    main()
