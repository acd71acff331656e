"""What every script here shares: the command line, drawing arrays, writing golden files."""

import argparse
import json
import pathlib
import platform
import struct
from collections.abc import Mapping

import numpy as np
import safetensors.numpy

Arrays = dict[str, np.ndarray]

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent


def parse_arguments(description: str) -> argparse.Namespace:
    """Reads `--out` and `--seed`, which all the golden makers take."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder that receives the golden files")
    parser.add_argument("--seed", type=int, default=10, help="seed of every array drawn (default: %(default)s)")
    return parser.parse_args()


def uniform(random: np.random.Generator, shape: tuple[int, ...], limit: float = 1) -> np.ndarray:
    """Draws from [-limit, limit], rounded to float32, so that the file holds exactly what was computed with."""
    return random.uniform(-limit, limit, shape).astype(np.float32)


def normal(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draws from a standard normal, rounded to float32."""
    return random.standard_normal(shape).astype(np.float32)


def relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    """The L2 norm of the difference over the L2 norm of what was expected; 0 where both are zero."""
    difference = np.linalg.norm(np.asarray(actual, np.float64) - np.asarray(expected, np.float64))
    return 0.0 if difference == 0 else float(difference / np.linalg.norm(np.asarray(expected, np.float64)))


def save(path: pathlib.Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """Writes arrays as float32 safetensors, with the versions that made them; the same input gives the same bytes.

    The safetensors library does the writing; only its metadata, whose order changes from run to run, is sorted here.
    """
    everything = {"python": platform.python_version(), "numpy": np.__version__, **metadata}
    rounded = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}
    for name, array in rounded.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{path.name}: {name} holds a number that is not finite")
    content = safetensors.numpy.save(rounded, metadata=everything)
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])
    printed = ", ".join(f"{key} {value}" for key, value in everything.items() if len(value) < 40)
    print(f"{path.name}: {len(rounded)} arrays, {path.stat().st_size:,} bytes ({printed})", flush=True)


def load(path: pathlib.Path) -> tuple[Arrays, dict[str, str]]:
    """Reads a golden file back: its arrays and its metadata."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    return safetensors.numpy.load(content), json.loads(content[8 : 8 + length])["__metadata__"]
