"""The whole tutorial beside its training in Keras: minutes from the start of the program to its end.

    python3 Benchmarks/tutorial.py --markdown Documentation/benchmarks.md

Ours trains, validates each epoch, keeps checkpoints, and draws all figures and the report; Keras trains alone, without
validation or figures. Once each, since Keras takes a quarter of an hour.
"""

import argparse
import json
import pathlib
import shlex
import tempfile

import machine
from measured_run import run
from sections import REPOSITORY, commit, publish

TIME_LIMIT = 5400


def main() -> None:
    """Measures, then prints and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=".build/release/vae")
    parser.add_argument("--keras-python", default=".venv-tf/bin/python")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--markdown", type=pathlib.Path)
    arguments = parser.parse_args()
    size = f"--epochs {arguments.epochs} --threads {arguments.threads}"
    training = f"{arguments.program} train --preset tutorial {size}"
    commands = {"`vae`, all of it": training}
    if machine.multiplies_bf16():
        commands["`vae`, bf16, all of it"] = f"{training} --precision bf16"
    keras = f"{arguments.keras_python} Benchmarks/peers/keras_step.py --images 60000 {size}"
    rows, seconds, disturbed = [], {}, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, command) in enumerate(commands.items()):
            done = run(shlex.split(f"{command} --json --out {folder}/{number}"), REPOSITORY, TIME_LIMIT)
            seconds[name], disturbed = done.seconds, max(disturbed, done.foreign_cores or 0)
            epoch = (pathlib.Path(folder) / str(number) / "metrics.jsonl").read_text().splitlines()[-1]
            rows.append((name, f"{json.loads(epoch)['val_loss']:.2f}"))
    done = run(shlex.split(keras), REPOSITORY, TIME_LIMIT)
    seconds["Keras on TensorFlow, training alone"] = done.seconds
    disturbed = max(disturbed, done.foreign_cores or 0)
    rows.append(("Keras on TensorFlow, training alone", "–"))
    section = "\n".join([
        "| program | minutes | val_loss, seed 0 | as fast as Keras |", "|---|---:|---:|---:|",
        *(f"| {name} | {seconds[name] / 60:.1f} | {loss} | {done.seconds / seconds[name]:.2f}× |" for name, loss in rows),
        "", f"{arguments.epochs} epochs of all training images, batch 64, {arguments.threads} threads, from exec to exit, "
        f"once each, one after the other; commit {commit()}.",
        f"Other work on the machine: at most {disturbed:.2f} cores.", "", *machine.lines(),
    ])
    publish(section, arguments.markdown, "tutorial")


if __name__ == "__main__":
    main()
