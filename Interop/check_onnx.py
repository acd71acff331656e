"""Holds ONNX Runtime against the exported networks that the tests write, and approves their bytes.

    VAE_INTEROP=$PWD/.build/interop sh Tools/test.sh --filter NumbersTests
    python Interop/check_onnx.py .build/interop/onnx --approve Tests/InterchangeTests/Approved/onnx.json

Each `CASE/FILE.onnx` stands beside `FILE.onnx.npz` with `inputs/…` and what this project makes of them,
`outputs/…`. Exits 1 where a file is refused or a value is off.
"""

import argparse
import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

from formats_table import Row, record

# Of the largest value of an output. The same network at another level of optimisation differs by 1e-6.
TOLERANCE = 1e-5


def session(path: pathlib.Path) -> onnxruntime.InferenceSession:
    """The file as ONNX's checker and its shape inference accept it, in ONNX Runtime."""
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def difference(path: pathlib.Path) -> float:
    """The largest difference of any output, relative to its largest value."""
    with np.load(f"{path}.npz") as file:
        arrays = dict(file)
    inputs = {name.removeprefix("inputs/"): array for name, array in arrays.items() if name.startswith("inputs/")}
    expected = {name.removeprefix("outputs/"): array for name, array in arrays.items() if name.startswith("outputs/")}
    network = session(path)
    names = [output.name for output in network.get_outputs()]
    if set(names) != set(expected) or set(inputs) != {one.name for one in network.get_inputs()}:
        raise ValueError(f"{path}: {names} instead of {sorted(expected)}")
    worst = 0.0
    batch = len(next(iter(inputs.values())))
    for images in (batch, 1):
        found = dict(zip(names, network.run(None, {name: array[:images] for name, array in inputs.items()})))
        for name, array in found.items():
            wanted = expected[name][:images].astype(np.float64)
            if array.shape != wanted.shape or not np.isfinite(array).all():
                raise ValueError(f"{path}: {name} is {array.shape} instead of {wanted.shape}, or not finite")
            worst = max(worst, float(np.abs(array - wanted).max() / np.abs(wanted).max()))
    return worst


def main() -> None:
    """Checks every file and prints the largest difference of each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--approve", type=pathlib.Path, help="file that receives the hashes of what was accepted")
    arguments = parser.parse_args()
    versions = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__}
    hashes, all_of_them = {}, {}
    for case in sorted(path for path in arguments.folder.iterdir() if path.is_dir()):
        files = sorted(case.glob("*.onnx"))
        if not files:
            sys.exit(f"{case}: no file to check")
        all_of_them[case.name] = max(difference(path) for path in files)
        hashes |= {f"{case.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        print(f"{case.name}: {all_of_them[case.name]:.1e}", flush=True)
    worst = max(all_of_them.values())
    failures = [name for name, value in all_of_them.items() if value > TOLERANCE]
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    print(f"{len(all_of_them)} cases, {len(hashes)} files in {shown}: largest difference {worst:.1e}")
    if failures:
        sys.exit(f"beyond {TOLERANCE}: {', '.join(failures)}")
    if arguments.approve:
        text = json.dumps({"approved_by": versions, "files": hashes}, indent=1, sort_keys=True)
        arguments.approve.write_text(text + "\n")
    models = {name: value for name, value in all_of_them.items() if not name.startswith("op-")}
    record(
        "onnx",
        Row(
            "ONNX (opset 21)", "out", f"ONNX Runtime {onnxruntime.__version__}, `onnx.checker` {onnx.__version__}",
            max(models.values()), f"mean, log variance, picture and logits of {len(models)} models",
        ),
        Row(
            "ONNX (opset 21)", "out", f"ONNX Runtime {onnxruntime.__version__}",
            max(value for name, value in all_of_them.items() if name.startswith("op-")),
            f"{len(all_of_them) - len(models)} layers alone, beside their definitions in Float64",
        ),
    )


if __name__ == "__main__":
    main()
