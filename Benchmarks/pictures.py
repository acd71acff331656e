"""Picture files into images, beside torchvision on the same cores: `vae data cache make` against an ImageFolder.

    python3 Benchmarks/pictures.py --python .venv-torch/bin/python --markdown Documentation/benchmarks.md

Both read every file of a folder once, in turns, with files in the system's cache. Ours is the whole program from exec to
exit: it finds the files, decodes, resizes, writes its cache and waits for the disk. Torchvision's is the loop over the
DataLoader alone, without the start of Python. A last line trains on the cache and tells what part of the training
threads' time went into reading it.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import machine
from sections import commit, publish

PEER = pathlib.Path(__file__).parent / "peers" / "torch_pictures.py"
SETS = {
    "png28": ("60,000 PNG files of 28 × 28", [], ["--grey"]),
    "jpeg256": ("20,000 JPEG files of 256 × 256 to 64 × 64", ["--size", "64"], ["--size", "64"]),
}


def run(command: list, cache: str) -> str:
    """A command's output; ends the program where it fails."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    environment.pop("OPENBLAS_CORETYPE", None)
    environment.pop("OPENBLAS_L2_SIZE", None)
    outcome = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True)
    if outcome.returncode:
        sys.exit(f"pictures.py: {command}: {outcome.stderr}")
    return outcome.stdout


def main() -> None:
    """Measures, then prints and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=".build/release/vae")
    parser.add_argument("--python", default=sys.executable, help="an interpreter with torchvision")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=pathlib.Path, help="where the sets are, or are made; a temporary one if left out")
    parser.add_argument("--markdown", type=pathlib.Path)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for kind, (words, ours, theirs) in SETS.items():
            folder = (arguments.folder or pathlib.Path(temporary)) / kind
            if not folder.exists():
                run([arguments.python, PEER, "make", kind, folder], temporary)
            mine, other = [], []
            for turn in range(arguments.rounds):
                cache = f"{temporary}/cache-{kind}-{turn}"
                start = time.perf_counter()
                run([arguments.program, "data", "cache", "make", folder, *ours], cache)
                mine.append(time.perf_counter() - start)
                other.append(float(run([arguments.python, PEER, "read", folder, *theirs], cache).split()[1]))
            ratio = statistics.median(b / a for a, b in zip(mine, other))
            rows.append(
                f"| {words} | {statistics.median(mine):.2f} | {statistics.median(other):.2f} | **{ratio:.1f}** |")
        training = ["train", folder, *ours, "--epochs", 2, "--no-figures", "--out", f"{temporary}/run", "--progress", "none"]
        run([arguments.program, *training], cache)
        last = json.loads(pathlib.Path(f"{temporary}/run/metrics.jsonl").read_text().splitlines()[-1])
    section = "\n".join([
        "| every file once | vae, s | torchvision, s | ratio |", "|---|---:|---:|---:|", *rows, "",
        f"A training on the last of them (`conv`, {last['images_per_second']:.0f} images a second) spent "
        f"{100 * last['data_wait']:.2f} % of its threads' time in reading.", "",
        f"torchvision's ImageFolder and DataLoader of two workers; rounds: {arguments.rounds}, in turns, medians; "
        f"commit {commit()}.", "", *machine.lines(),
    ])
    publish(section, arguments.markdown, "pictures")


if __name__ == "__main__":
    main()
