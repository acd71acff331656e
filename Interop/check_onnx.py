"""Holds an engine for ONNX against the exported networks that the tests write; ONNX Runtime approves their bytes.

    VAE_INTEROP=$PWD/.build/interop sh Tools/test.sh --filter NumbersTests
    python Interop/check_onnx.py .build/interop/onnx --approve Tests/InterchangeTests/Approved/onnx.json
    python Interop/check_onnx.py .build/interop/onnx --engine openvino

Each `CASE/FILE.onnx` stands beside `FILE.onnx.npz` with `inputs/…` and what this project makes of them, `outputs/…`.
Exits 1 where a file is refused or a value is off.
"""

import argparse
import hashlib
import json
import pathlib
import sys

import numpy as np

from formats_table import Row, record

# Of the largest value of an output. The same network at another level of optimisation differs by 1e-6.
TOLERANCE = 1e-5

Arrays = dict[str, np.ndarray]


class ONNXRuntime:
    """A file that ONNX's checker and its shape inference accept, in ONNX Runtime."""

    def __init__(self, path: pathlib.Path) -> None:
        import onnx
        import onnxruntime

        onnx.checker.check_model(str(path), full_check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = [one.name for one in self.session.get_inputs()]
        self.outputs = [one.name for one in self.session.get_outputs()]

    def run(self, arrays: Arrays) -> Arrays:
        return dict(zip(self.outputs, self.session.run(self.outputs, arrays)))

    @staticmethod
    def versions() -> str:
        import onnx
        import onnxruntime

        return f"ONNX Runtime {onnxruntime.__version__} (and `onnx.checker` {onnx.__version__})"


class OpenVINO:
    """A file in OpenVINO, in Float32 throughout."""

    def __init__(self, path: pathlib.Path) -> None:
        import openvino

        core = openvino.Core()
        self.model = core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        self.inputs = [one.any_name for one in self.model.inputs]
        # An output may have the names of values that it equals beside its own.
        self.names = [(place, name) for place, one in enumerate(self.model.outputs) for name in one.names]
        self.outputs = [name for _, name in self.names if "/" not in name]

    def run(self, arrays: Arrays) -> Arrays:
        found = self.model(arrays)
        return {name: found[place] for place, name in self.names if name in self.outputs}

    @staticmethod
    def versions() -> str:
        import openvino

        return f"OpenVINO {openvino.__version__.split('-')[0]}"


ENGINES = {"onnxruntime": ONNXRuntime, "openvino": OpenVINO}


def difference(path: pathlib.Path, engine: type) -> float:
    """The largest difference of any output, relative to its largest value."""
    with np.load(f"{path}.npz") as file:
        arrays = dict(file)
    inputs = {name.removeprefix("inputs/"): array for name, array in arrays.items() if name.startswith("inputs/")}
    expected = {name.removeprefix("outputs/"): array for name, array in arrays.items() if name.startswith("outputs/")}
    network = engine(path)
    if set(network.outputs) != set(expected) or set(network.inputs) != set(inputs):
        raise ValueError(f"{path}: {network.outputs} instead of {sorted(expected)}")
    worst = 0.0
    batch = len(next(iter(inputs.values())))
    for images in (batch, 1):
        for name, array in network.run({name: array[:images] for name, array in inputs.items()}).items():
            wanted = expected[name][:images].astype(np.float64)
            if array.shape != wanted.shape or not np.isfinite(array).all():
                raise ValueError(f"{path}: {name} is {array.shape} instead of {wanted.shape}, or not finite")
            worst = max(worst, float(np.abs(array - wanted).max() / np.abs(wanted).max()))
    return worst


def main() -> None:
    """Checks every file and prints the largest difference of each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--engine", choices=ENGINES, default="onnxruntime")
    parser.add_argument("--approve", type=pathlib.Path, help="file that receives the hashes of what was accepted")
    arguments = parser.parse_args()
    engine = ENGINES[arguments.engine]
    hashes, differences = {}, {}
    for case in sorted(path for path in arguments.folder.iterdir() if path.is_dir()):
        files = sorted(case.glob("*.onnx"))
        if not files:
            sys.exit(f"{case}: no file to check")
        differences[case.name] = max(difference(path, engine) for path in files)
        hashes |= {f"{case.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        print(f"{case.name}: {differences[case.name]:.1e}", flush=True)
    versions = engine.versions()
    worst = max(differences.values())
    print(f"{len(differences)} cases, {len(hashes)} files in {versions}: largest difference {worst:.1e}")
    failures = [name for name, value in differences.items() if value > TOLERANCE]
    if failures:
        sys.exit(f"beyond {TOLERANCE}: {', '.join(failures)}")
    if arguments.approve:
        text = json.dumps({"approved_by": versions, "files": hashes}, indent=1, sort_keys=True)
        arguments.approve.write_text(text + "\n")
    layers = [value for name, value in differences.items() if name.startswith("op-")]
    models = [value for name, value in differences.items() if not name.startswith("op-")]
    record(
        f"onnx-{arguments.engine}",
        Row("ONNX", "out", versions, max(models), f"mean, log variance, picture and logits of {len(models)} models"),
        Row("ONNX", "out", versions, max(layers), f"{len(layers)} layers alone, beside their definitions in Float64"),
    )


if __name__ == "__main__":
    main()
