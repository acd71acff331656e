"""Imports the models that `import_goldens.py` saved in the presets' sizes, and compares their losses.

    python Interop/check_import.py --program .build/release/vae --models FOLDER

Prints, for each file, what the framework computed, what `vae evaluate --mean` says of the same 256 images, and their
relative difference; fails where one is over 1e-5.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

LIMIT = 1e-5


def run(*words: object) -> str:
    """A command's stdout."""
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, timeout=300).stdout


def main() -> None:
    """Compares every file of the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    program, models = arguments.program.absolute(), arguments.models
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for table in sorted(models.glob("losses-*.json")):
            for name, entry in json.loads(table.read_text()).items():
                out = pathlib.Path(folder) / name
                run(program, "import", models / name, "--recipe", entry["recipe"], "--batch-norm", "before-activation",
                    "--out", out)
                found = json.loads(run(program, "evaluate", out, "--mean", "--limit", 256, "--json"))
                for term in ("loss", "reconstruction_loss", "kl_loss"):
                    difference = abs(found[term] - entry[term]) / abs(entry[term])
                    worst = max(worst, difference)
                    print(f"{name}: {term} {entry[term]:.6f}, imported {found[term]:.6f}, {difference:.1e} apart")
    print(f"largest relative difference {worst:.1e}")
    sys.exit(worst > LIMIT)


if __name__ == "__main__":
    main()
