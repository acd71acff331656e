"""Makes every golden file anew: Keras's from one environment, PyTorch's from another (or from the same).

    python Interop/make_goldens.py --out Tests/ParityTests/Goldens
"""

import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TIME_LIMIT = 900  # seconds for each script; all of them together take about one minute


def environment(name: str) -> pathlib.Path:
    """The interpreter of a virtual environment beside the repository, or else the one that runs this."""
    python = HERE.parent / name / "bin/python"
    return python if python.exists() else pathlib.Path(sys.executable)


def main() -> None:
    """Runs the scripts in order; stops at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder that receives the golden files")
    parser.add_argument("--keras-python", type=pathlib.Path, default=environment(".venv-tf"))
    parser.add_argument("--torch-python", type=pathlib.Path, default=environment(".venv-torch"))
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)

    keras, torch = arguments.keras_python.absolute(), arguments.torch_python.absolute()
    for python, script, *options in (
        (torch, "layer_goldens.py", "--out", out),
        (keras, "check_layers.py", out / "layers.safetensors"),
        (torch, "layout_pytorch_goldens.py", "--out", out),
        (keras, "layout_keras_goldens.py", "--out", out),
        (torch, "objective_goldens.py", "--out", out),
        (keras, "adam_goldens.py", "--out", out),
        (keras, "tutorial_goldens.py", "--out", out),
        (keras, "keras_example_goldens.py", "--out", out),
    ):
        try:
            subprocess.run([python, HERE / script, *options], check=True, timeout=TIME_LIMIT)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired, FileNotFoundError) as failure:
            sys.exit(f"{script}: {failure}")
    total = sum(file.stat().st_size for file in out.glob("*.safetensors"))
    print(f"{out}: {total:,} bytes in all")


if __name__ == "__main__":
    main()
