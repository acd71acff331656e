"""Runs exported models under PyTorch or Keras and compares them with what swift-vae computed. Exits 1 on a mismatch.

    python Interop/check_exports.py .build/interop pytorch

Each folder has the export in `pytorch/` and `keras/` and the arrays in `numbers.npz`, as `ExportNumbersTests` writes them.
"""

import argparse
import importlib
import importlib.util
import pathlib
import sys
import time

import numpy as np

from formats_table import Row, record

# Of the largest magnitude of each array: five orders above one rounding.
TOLERANCE = 1e-5


def load(path: pathlib.Path):
    """The model of an exported folder, by its own `load()`."""
    specification = importlib.util.spec_from_file_location("model", path / "model.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.load()


def by_pytorch(path: pathlib.Path, images: np.ndarray, codes: np.ndarray) -> list[np.ndarray]:
    """Mean and log-variance of images, then pictures of codes."""
    import torch

    model = load(path)
    with torch.no_grad():
        code = model.encode(torch.from_numpy(images).permute(0, 3, 1, 2).contiguous())
        pictures = model.decode(torch.from_numpy(codes)).permute(0, 2, 3, 1)
    code = code if isinstance(code, tuple) else (code,)
    return [array.numpy() for array in (*code, pictures)]


def by_keras(path: pathlib.Path, images: np.ndarray, codes: np.ndarray) -> list[np.ndarray]:
    """The same by Keras, whose images are ours."""
    import keras

    model = load(path)
    code, pictures = model.encode(images), model.decode(codes)
    code = code if isinstance(code, (tuple, list)) else (code,)
    return [keras.ops.convert_to_numpy(array) for array in (*code, pictures)]


def versions(framework: str) -> str:
    """What computes."""
    if framework == "pytorch":
        import torch

        return f"PyTorch {torch.__version__.split('+')[0]}"
    import keras

    backend = importlib.import_module(keras.backend.backend())
    return f"Keras {keras.__version__} on {backend.__name__} {backend.__version__.split('+')[0]}"


def main() -> None:
    """Prints the largest difference of each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("framework", choices=["pytorch", "keras"])
    arguments = parser.parse_args()
    run = by_pytorch if arguments.framework == "pytorch" else by_keras
    start, failures, worst = time.perf_counter(), 0, {}
    for numbers in sorted(arguments.folder.glob("*/numbers.npz")):
        with np.load(numbers) as file:
            arrays = dict(file)
        expected = [arrays[name] for name in ("mean", "log_variance", "pictures") if name in arrays]
        try:
            found = run(numbers.parent / arguments.framework, arrays["images"], arrays["codes"])
            shapes = [array.shape for array in found], [array.shape for array in expected]
            if shapes[0] != shapes[1]:
                raise ValueError(f"shapes {shapes[0]} in place of {shapes[1]}")
            difference = max(float(np.abs(f - e).max() / np.abs(e).max()) for f, e in zip(found, expected))
        except Exception as error:  # Whatever a framework throws is a case that fails.
            difference = float("nan")
            print(f"{numbers.parent.name}: {type(error).__name__}: {error}")
        name = numbers.parent.name
        group = "windows of odd sizes" if name.startswith("window-") else name
        worst.setdefault(group, []).append(difference)
        if not difference <= TOLERANCE:
            failures += 1
            print(f"{name}: {difference:.1e}")
    print(f"{versions(arguments.framework)}, {time.perf_counter() - start:.0f} s; largest difference over largest value:")
    for name, differences in worst.items():
        count = f" ({len(differences)} models)" if len(differences) > 1 else ""
        print(f"  {name + count:32} {max(differences):.1e}")
    if failures or not worst:
        sys.exit(f"{failures} of {sum(map(len, worst.values()))} models differ by more than {TOLERANCE}")
    count = sum(map(len, worst.values()))
    file = "PyTorch (Python, safetensors)" if arguments.framework == "pytorch" else "Keras (Python, NPZ)"
    record(
        arguments.framework,
        Row(
            file, "out", versions(arguments.framework),
            max(max(differences) for differences in worst.values()),
            f"mean, log variance and pictures of {count} models",
        ),
    )


if __name__ == "__main__":
    main()
