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

from formats_table import Row, record

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
    worst, rows = 0.0, []
    with tempfile.TemporaryDirectory() as folder:
        for table in sorted(models.glob("losses-*.json")):
            for name, entry in json.loads(table.read_text()).items():
                out = pathlib.Path(folder) / name
                run(program, "import", models / name, "--recipe", entry["recipe"], "--batch-norm", "before-activation",
                    "--out", out)
                found = json.loads(run(program, "evaluate", out, "--mean", "--limit", 256, "--json"))
                differences = []
                for term in ("loss", "reconstruction_loss", "kl_loss"):
                    difference = abs(found[term] - entry[term]) / abs(entry[term])
                    differences.append(difference)
                    print(f"{name}: {term} {entry[term]:.6f}, imported {found[term]:.6f}, {difference:.1e} apart")
                worst = max(worst, *differences)
                ending = name[name.index("."):]
                makers = " on ".join(f"{name} {version.split('+')[0]}" for name, version in entry["versions"].items())
                norms = ", batch norms folded" if "norms" in name else ""
                rows.append(
                    Row(f"{ending}{norms}", "in", makers, max(differences), f"losses of {entry['recipe']}, 256 images")
                )
    print(f"largest relative difference {worst:.1e}")
    if worst > LIMIT or not rows:
        sys.exit(1)
    record("import", *sorted(rows, key=lambda row: row.format))


if __name__ == "__main__":
    main()
