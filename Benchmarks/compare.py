"""Training speed of `vae` beside Keras and PyTorch, in turn, in the same minutes, on the same threads.

    python3 Benchmarks/compare.py --rounds 7 --markdown Documentation/benchmarks.md

Needs only Python's standard library itself; the peers need the environments of `Benchmarks/peers/README.md`.
What counts is the ratio within a round; the table gives the median of those. A round that other work disturbed is
thrown away and run again: one busy core slows PyTorch with two threads twelvefold (its threads spin while they wait for
the one that was put aside), Keras hardly, and the ratio would be worth nothing.
"""

import argparse
import dataclasses
import datetime
import json
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile

import machine
from measured_run import Failure, Run, run

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- compare.py writes from here -->", "<!-- to here -->"
OUR_COMMAND = "{program} bench --json --batch-size {batch} --threads {threads}"


@dataclasses.dataclass
class Contestant:
    """One program to measure: its command as a template, and what it has measured."""

    name: str
    command: str
    key: str = "images_per_second"
    rates: list[float] = dataclasses.field(default_factory=list)
    peak_mebibytes: float = 0
    versions: dict[str, str] = dataclasses.field(default_factory=dict)

    def measure(self, values: dict[str, str | int], time_limit: float) -> Run:
        """Runs the command once."""
        with tempfile.TemporaryDirectory() as scratch:
            words = [word.format(**values, scratch=scratch) for word in shlex.split(self.command)]
            return run(words, REPOSITORY, time_limit)

    def keep(self, one: Run) -> None:
        """Takes a run's results over."""
        self.rates.append(find_rate(one.output, self.key))
        self.peak_mebibytes = max(self.peak_mebibytes, one.peak_mebibytes)
        last = json.loads(one.output.strip().splitlines()[-1])
        self.versions = {name: last[name] for name in ("keras", "tensorflow", "torch", "numpy") if name in last}


@dataclasses.dataclass
class Quiet:
    """How quiet the machine was: the most cores that other work took in a kept round, and the rounds thrown away."""

    worst_kept: float | None = None
    thrown_away: int = 0

    def __str__(self) -> str:
        if self.worst_kept is None:
            return "unknown on this system"
        return f"at most {self.worst_kept:.2f} cores during a run; {self.thrown_away} rounds thrown away for it"


def find_rate(output: str, key: str) -> float:
    """The number under `key` (dots lead into nested objects) in the JSON object on the output's last line."""
    lines = output.strip().splitlines()
    try:
        value = json.loads(lines[-1])
        for part in key.split("."):
            value = value[part]
        rate = float(value)
    except (IndexError, KeyError, TypeError, ValueError) as error:
        last = lines[-1][:200] if lines else "nothing"
        raise Failure(f"expected a JSON object with a number at {key}, found {last}") from error
    if not 0 < rate < float("inf"):
        raise Failure(f"expected {key} above zero, found {rate}")
    return rate


def ratio_table(ours: Contestant, peers: list[Contestant]) -> list[str]:
    """The results as lines of Markdown."""
    lines = [
        "| program | images/s, median | range | peak memory | `vae` is faster by, median | range over rounds |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in [ours, *peers]:
        row = [one.name, f"{statistics.median(one.rates):,.0f}", f"{min(one.rates):,.0f}–{max(one.rates):,.0f}"]
        row.append(f"{one.peak_mebibytes:,.0f} MiB")
        if one is ours:
            row += ["", ""]
        else:
            ratios = [mine / theirs for mine, theirs in zip(ours.rates, one.rates, strict=True)]
            row += [f"**{statistics.median(ratios):.2f}×**", f"{min(ratios):.2f}–{max(ratios):.2f}×"]
        lines.append("| " + " | ".join(row) + " |")
    return lines


def report(arguments: argparse.Namespace, ours: Contestant, peers: list[Contestant], quiet: Quiet) -> str:
    """The whole section: the table, the settings, the machine."""
    versions = {name: value for one in peers for name, value in one.versions.items()}
    commit = subprocess.run(
        ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"], capture_output=True, text=True
    ).stdout.strip()
    lines = ratio_table(ours, peers)
    lines += ["", f"Training steps of the tutorial's model: batch {arguments.batch_size}, {arguments.threads} threads,"]
    lines += [f"float32 unless said otherwise; every program once a round, rounds: {arguments.rounds}."]
    lines += ["", f"- date: {datetime.date.today().isoformat()}, commit {commit or 'unknown'}"]
    lines += [f"- other work on the machine: {quiet}"]
    lines += [f"- {key}: {value}" for key, value in machine.description().items()]
    lines += ["- versions: " + ", ".join(f"{name} {value}" for name, value in versions.items())] if versions else []
    lines += [f"- our command: `{ours.command.replace(str(REPOSITORY) + '/', '')}`"]
    return "\n".join(lines)


def write_section(path: pathlib.Path, section: str) -> None:
    """Puts the section between its two marks in the file, or at its end; the file's other words stay."""
    text = path.read_text() if path.exists() else "# Benchmarks\n\n"
    marked = f"{BEGIN}\n\n{section}\n\n{END}"
    if BEGIN in text and END in text:
        text = text[: text.index(BEGIN)] + marked + text[text.index(END) + len(END) :]
    else:
        text = text.rstrip("\n") + f"\n\n{marked}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def contestants(arguments: argparse.Namespace) -> tuple[Contestant, list[Contestant]]:
    """Ours and the chosen peers."""
    settings = "--batch-size {batch} --threads {threads} --images {images}"
    keras = f"{shlex.quote(str(arguments.keras_python))} Benchmarks/peers/keras_step.py {settings}"
    torch = f"{shlex.quote(str(arguments.torch_python))} Benchmarks/peers/torch_step.py --channels-last {settings}"
    known = {
        "keras": Contestant("Keras on TensorFlow", keras),
        "torch": Contestant("PyTorch, channels last", torch),
        "torch-bf16": Contestant("PyTorch, channels last, bf16 autocast", torch + " --precision bf16"),
    }
    command = arguments.ours or OUR_COMMAND.replace("{program}", shlex.quote(arguments.program))
    return Contestant("`vae`", command, arguments.key), [known[name] for name in arguments.peers.split(",") if name]


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--images", type=int, default=6400, help="images that a peer is timed on")
    parser.add_argument("--peers", default="keras,torch", help="of keras, torch, torch-bf16 (default: %(default)s)")
    parser.add_argument("--program", default=".build/release/vae", help="our program (default: %(default)s)")
    parser.add_argument(
        "--ours", help="our command instead; {batch}, {threads}, {images} and {scratch} (an empty folder) are filled in"
    )
    parser.add_argument("--key", default="train_images_per_second", help="where our JSON has the rate; dots lead inwards")
    parser.add_argument("--keras-python", type=pathlib.Path, default=".venv-tf/bin/python")
    parser.add_argument("--torch-python", type=pathlib.Path, default=".venv-torch/bin/python")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for each run (default: %(default)s)")
    parser.add_argument(
        "--tolerated-load",
        type=float,
        default=0.1,
        help="cores that other work may take during a run before its round is thrown away (default: %(default)s)",
    )
    parser.add_argument("--markdown", type=pathlib.Path, help="file that receives the table")
    arguments = parser.parse_args()
    unknown = set(arguments.peers.split(",")) - {"", "keras", "torch", "torch-bf16"}
    if unknown:
        parser.error(f"--peers: no peer named {', '.join(sorted(unknown))}")
    if min(arguments.rounds, arguments.threads, arguments.batch_size, arguments.images) < 1:
        parser.error("--rounds, --threads, --batch-size and --images begin at 1")
    return arguments


def play(arguments: argparse.Namespace, ours: Contestant, peers: list[Contestant]) -> Quiet:
    """Runs rounds until as many as asked for went undisturbed."""
    values = {"batch": arguments.batch_size, "threads": arguments.threads, "images": arguments.images}
    quiet = Quiet()
    kept = 0
    while kept < arguments.rounds:
        # Every other round runs backwards, so that none always follows the same neighbour.
        order = [ours, *peers][:: 1 if kept % 2 == 0 else -1]
        runs = [one.measure(values, arguments.timeout) for one in order]
        foreign = max((one.foreign_cores for one in runs if one.foreign_cores is not None), default=None)
        rates = ", ".join(f"{c.name} {find_rate(one.output, c.key):,.0f}" for c, one in zip(order, runs))
        other = "" if foreign is None else f"; other work took {foreign:.2f} cores"
        print(f"round {kept + 1}: {rates} images/s{other}", file=sys.stderr, flush=True)
        if foreign is not None and foreign > arguments.tolerated_load:
            quiet.thrown_away += 1
            print(f"more than {arguments.tolerated_load:g}: thrown away", file=sys.stderr, flush=True)
            if quiet.thrown_away > 2 * arguments.rounds:
                raise Failure(f"{quiet.thrown_away} rounds disturbed by other work; measure on a quiet machine")
            continue
        quiet.worst_kept = foreign if quiet.worst_kept is None else max(quiet.worst_kept, foreign or 0.0)
        for one, result in zip(order, runs):
            one.keep(result)
        kept += 1
    return quiet


def main() -> None:
    """Measures in turn, then prints and writes the table."""
    arguments = parse_arguments()
    try:
        ours, peers = contestants(arguments)
        quiet = play(arguments, ours, peers)
    except Failure as failure:
        sys.exit(f"compare.py: {failure}")
    section = report(arguments, ours, peers, quiet)
    print(section)
    if arguments.markdown:
        write_section(arguments.markdown, section)


if __name__ == "__main__":
    main()
