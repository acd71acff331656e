"""Speed of `vae` beside its peers, in turn, in the same minutes, on the same threads.

    python3 Benchmarks/compare.py training --rounds 7 --markdown Documentation/benchmarks.md
    python3 Benchmarks/compare.py training --precision bf16 --rounds 7 --markdown Documentation/benchmarks.md
    python3 Benchmarks/compare.py inference --rounds 7 --markdown Documentation/benchmarks.md
    python3 Benchmarks/compare.py layers --rounds 7 --markdown Documentation/benchmarks.md

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
import sys

import machine
from measured_run import Failure, Run, run
from sections import REPOSITORY, commit, publish


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number of a program's JSON."""

    title: str
    key: str
    peer_key: str = ""
    less_is_better: bool = False


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is compared: the figures, and the peers' names and commands."""

    words: str
    figures: list[Figure]
    peers: dict[str, tuple[str, str]]


def _script(python: str, words: str) -> str:
    return f"{{{python}}} Benchmarks/peers/{words} --batch-size {{batch}} --threads {{threads}}"


_TORCH_STEP = "torch_step.py --channels-last --images {images}"
_CONVOLUTIONS = [f"encoder/conv2d{n}" for n in ("", "_1", "_2")]
_CONVOLUTIONS += [f"decoder/conv2d_transpose{n}" for n in ("", "_1", "_2", "_3")]

SUBJECTS = {
    "training": Subject(
        "Training steps of the tutorial's model",
        [Figure("images/s", "train_images_per_second", "images_per_second")],
        {
            "keras": ("Keras on TensorFlow", _script("keras", "keras_step.py --images {images}")),
            "torch": ("PyTorch, channels last", _script("torch", _TORCH_STEP)),
            "torch-bf16": ("PyTorch, channels last, bf16 autocast", _script("torch", _TORCH_STEP + " --precision bf16")),
            # Our own, for what bf16 is worth.
            "vae-f32": ("`vae`, f32", "{program} bench --json --batch-size {batch} --threads {threads}"),
        },
    ),
    "inference": Subject(
        "The tutorial's encoder and decoder; one code is decoded on all threads, by a peer on one where that is faster",
        [
            Figure("encoded images/s", "encode_images_per_second"),
            Figure("decoded images/s", "decode_images_per_second"),
            Figure("one code decoded, median, µs", "decode_latency_us", less_is_better=True),
            Figure("one code decoded, p99, µs", "decode_latency_p99_us", less_is_better=True),
        ],
        {
            "onnx": ("ONNX Runtime", _script("onnx", "onnx_infer.py")),
            "torch": ("PyTorch, channels last", _script("torch", "torch_infer.py")),
            "torch-bf16": (
                "PyTorch, channels last, bf16 autocast",
                _script("torch", "torch_infer.py --precision bf16"),
            ),
        },
    ),
    "layers": Subject(
        "Each convolution in µs an image, with its bias and ReLU, the max-pooling after it or the upsampling before it; "
        "backward is both gradients",
        [
            Figure(f"{name} {direction}", f"{name} {direction}", less_is_better=True)
            for name in _CONVOLUTIONS
            for direction in ("forward", "backward")
        ],
        {"onednn": ("oneDNN", "env OMP_NUM_THREADS={threads} {onednn} {batch}")},
    ),
}


@dataclasses.dataclass
class Contestant:
    """One program to measure: its command, where its JSON has the figures, and what it has measured."""

    name: str
    command: list[str]
    keys: list[str]
    values: list[list[float]] = dataclasses.field(default_factory=list)
    peak_mebibytes: float = 0
    versions: dict[str, str] = dataclasses.field(default_factory=dict)

    def keep(self, one: Run) -> None:
        """Takes a run's results over."""
        self.values.append(find_values(one.output, self.keys))
        self.peak_mebibytes = max(self.peak_mebibytes, one.peak_mebibytes)
        last = json.loads(one.output.strip().splitlines()[-1])
        names = ("keras", "tensorflow", "torch", "onnxruntime", "onednn", "numpy")
        self.versions = {name: last[name] for name in names if name in last}


@dataclasses.dataclass
class Quiet:
    """How quiet the machine was: the most cores that other work took in a kept round, and the rounds thrown away."""

    worst_kept: float | None = None
    thrown_away: int = 0

    def __str__(self) -> str:
        if self.worst_kept is None:
            return "unknown on this system"
        return f"at most {self.worst_kept:.2f} cores during a run; {self.thrown_away} rounds thrown away for it"


def find_values(output: str, keys: list[str]) -> list[float]:
    """The numbers under the keys of the JSON object on the output's last line."""
    lines = output.strip().splitlines()
    try:
        last = json.loads(lines[-1])
        for layer in last.get("layers", []):
            # A step may run several layers at once; a convolution's has its time.
            for name in layer["name"].split(" + "):
                last |= {f"{name} {way}": layer[f"{way}_us"] for way in ("forward", "backward")}
        values = [float(last[key]) for key in keys]
    except (IndexError, KeyError, TypeError, ValueError) as error:
        found = lines[-1][:200] if lines else "nothing"
        raise Failure(f"expected a JSON object with numbers at {', '.join(keys)}, found {found}") from error
    if not all(0 < value < float("inf") for value in values):
        raise Failure(f"expected {', '.join(keys)} above zero, found {values}")
    return values


def _ratios(figure: Figure, at: int, ours: Contestant, peer: Contestant) -> str:
    """How much better ours is, within each round: the median and the range."""
    pairs = [(mine[at], theirs[at]) for mine, theirs in zip(ours.values, peer.values, strict=True)]
    ratios = [theirs / mine if figure.less_is_better else mine / theirs for mine, theirs in pairs]
    return f"**{statistics.median(ratios):.2f}×** | {min(ratios):.2f}–{max(ratios):.2f}×"


def figure_table(figures: list[Figure], ours: Contestant, peer: Contestant) -> list[str]:
    """Many figures beside one peer's as lines of Markdown."""
    lines = [f"| | {ours.name} | {peer.name} | `vae` is better by, median | range over rounds |", "|---|---:|---:|---:|---:|"]
    for at, figure in enumerate(figures):
        medians = [f"{statistics.median(values[at] for values in one.values):.1f}" for one in (ours, peer)]
        lines.append(f"| {figure.title} | {' | '.join(medians)} | {_ratios(figure, at, ours, peer)} |")
    return [*lines, ""]


def ratio_table(figure: Figure, at: int, ours: Contestant, peers: list[Contestant]) -> list[str]:
    """One figure's results as lines of Markdown."""
    lines = [
        f"| program | {figure.title}, median | range | `vae` is better by, median | range over rounds |",
        "|---|---:|---:|---:|---:|",
    ]
    for one in [ours, *peers]:
        values = [values[at] for values in one.values]
        row = [one.name, f"{statistics.median(values):,.0f}", f"{min(values):,.0f}–{max(values):,.0f}"]
        row += ["", ""] if one is ours else [_ratios(figure, at, ours, one)]
        lines.append("| " + " | ".join(row) + " |")
    return [*lines, ""]


def report(arguments: argparse.Namespace, ours: Contestant, peers: list[Contestant], quiet: Quiet) -> str:
    """The whole section: the tables, the settings, the machine."""
    subject = SUBJECTS[arguments.subject]
    versions = {name: value for one in peers for name, value in one.versions.items()}
    if len(peers) == 1 and len(subject.figures) > 1:
        lines = figure_table(subject.figures, ours, peers[0])
    else:
        lines = [line for at, figure in enumerate(subject.figures) for line in ratio_table(figure, at, ours, peers)]
    lines += [f"{subject.words}: batch {arguments.batch_size}, {arguments.threads} threads, float32 unless said otherwise;"]
    lines += [f"every program once a round, rounds: {arguments.rounds}."]
    lines += ["", f"- date: {datetime.date.today().isoformat()}, commit {commit()}"]
    lines += [f"- other work on the machine: {quiet}"]
    memory = ", ".join(f"{one.name} {one.peak_mebibytes:,.0f}" for one in [ours, *peers])
    lines += [f"- peak memory in MiB: {memory}"]
    lines += machine.lines()
    lines += ["- versions: " + ", ".join(f"{name} {value}" for name, value in versions.items())] if versions else []
    lines += [f"- our command: `{shlex.join(ours.command).replace(str(REPOSITORY) + '/', '')}`"]
    return "\n".join(lines)


def contestants(arguments: argparse.Namespace) -> tuple[Contestant, list[Contestant]]:
    """Ours and the chosen peers."""
    subject = SUBJECTS[arguments.subject]
    values = {"batch": arguments.batch_size, "threads": arguments.threads, "images": arguments.images}
    programs = {name: getattr(arguments, name) for name in ("program", "keras", "torch", "onnx", "onednn")}
    values |= {name: shlex.quote(str(path)) for name, path in programs.items()}

    def peer(name: str) -> Contestant:
        title, command = subject.peers[name]
        keys = [figure.key if name == "vae-f32" else figure.peer_key or figure.key for figure in subject.figures]
        return Contestant(title, shlex.split(command.format(**values)), keys)

    command = [arguments.program, "bench", "--json", "--batch-size", str(values["batch"]), "--threads"]
    command += [str(values["threads"]), "--precision", arguments.precision]
    name = "`vae`" if arguments.precision == "f32" else f"`vae`, {arguments.precision}"
    ours = Contestant(name, command, [figure.key for figure in subject.figures])
    return ours, [peer(name) for name in arguments.peers.split(",")]


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("subject", choices=SUBJECTS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--images", type=int, default=6400, help="images that a peer trains on while timed")
    parser.add_argument(
        "--peers",
        help="some of the subject's peers, with commas between; the default is all, "
        "bf16 where the processor multiplies it",
    )
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="ours (default: %(default)s)")
    parser.add_argument("--program", default=".build/release/vae", help="our program (default: %(default)s)")
    # The peers' Pythons, and a program.
    parser.add_argument("--keras", type=pathlib.Path, default=".venv-tf/bin/python")
    parser.add_argument("--torch", type=pathlib.Path, default=".venv-torch/bin/python")
    parser.add_argument("--onnx", type=pathlib.Path, default=".venv-onnx/bin/python")
    parser.add_argument("--onednn", type=pathlib.Path, default=".build/onednn_layers")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for each run (default: %(default)s)")
    parser.add_argument(
        "--tolerated-load",
        type=float,
        default=0.1,
        help="cores that other work may take during a run before its round is thrown away (default: %(default)s)",
    )
    parser.add_argument("--markdown", type=pathlib.Path, help="file that receives the tables")
    arguments = parser.parse_args()
    known = SUBJECTS[arguments.subject].peers
    arguments.peers = arguments.peers or ",".join(name for name in known if is_meant(name, arguments.precision))
    unknown = set(arguments.peers.split(",")) - set(known)
    if unknown:
        parser.error(f"--peers: {arguments.subject} has no peer named {', '.join(sorted(unknown))}")
    if min(arguments.rounds, arguments.threads, arguments.batch_size, arguments.images) < 1:
        parser.error("--rounds, --threads, --batch-size and --images begin at 1")
    return arguments


def is_meant(peer: str, precision: str) -> bool:
    """Whether a peer is compared with our precision unless others are named."""
    if precision == "bf16":
        return peer in ("torch-bf16", "vae-f32")
    return peer != "vae-f32" and (machine.multiplies_bf16() or not peer.endswith("bf16"))


def play(arguments: argparse.Namespace, ours: Contestant, peers: list[Contestant]) -> Quiet:
    """Runs rounds until as many as asked for went undisturbed."""
    quiet = Quiet()
    kept = 0
    while kept < arguments.rounds:
        # Every other round runs backwards, so that none always follows the same neighbour.
        order = [ours, *peers][:: 1 if kept % 2 == 0 else -1]
        runs = [run(one.command, REPOSITORY, arguments.timeout) for one in order]
        foreign = max((one.foreign_cores for one in runs if one.foreign_cores is not None), default=None)
        rates = "; ".join(
            f"{c.name} " + " ".join(f"{value:,.0f}" for value in find_values(one.output, c.keys))
            for c, one in zip(order, runs)
        )
        other = "" if foreign is None else f"; other work took {foreign:.2f} cores"
        print(f"round {kept + 1}: {rates}{other}", file=sys.stderr, flush=True)
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
    """Measures in turn, then prints and writes the tables."""
    arguments = parse_arguments()
    try:
        ours, peers = contestants(arguments)
        quiet = play(arguments, ours, peers)
    except Failure as failure:
        sys.exit(f"compare.py: {failure}")
    section = report(arguments, ours, peers, quiet)
    name = arguments.subject if arguments.precision == "f32" else f"{arguments.subject} in {arguments.precision}"
    publish(section, arguments.markdown, name)


if __name__ == "__main__":
    main()
