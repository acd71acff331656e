"""Holds Keras against `layers.safetensors`: every case again by its own layers in float64. Exits 1 on a mismatch."""

import argparse
import json
import pathlib
import sys

import numpy as np

from golden_files import Arrays, load, relative_error
from keras_setup import VERSIONS, keras, tf
from layer_cases import Case

# The goldens are rounded to float32 once, half a unit of 2⁻²³ at most.
TOLERANCE = 1e-7


def layers(case: Case) -> list[keras.layers.Layer]:
    """The Keras layers of a case, in the order in which data passes them."""
    made: list[keras.layers.Layer] = []
    for part in case["layer"].split("+"):
        match part:
            case "Conv2D" | "ConvTranspose2D":
                kind = keras.layers.Conv2D if part == "Conv2D" else keras.layers.Conv2DTranspose
                made.append(
                    kind(
                        case["channels"],
                        tuple(case["kernel_size"]),
                        strides=tuple(case["strides"]),
                        padding=case["padding"],
                        activation=case["activation"],
                        dtype="float64",
                    )
                )
            case "Dense":
                made.append(keras.layers.Dense(case["channels"], activation=case["activation"], dtype="float64"))
            case "MaxPool2D":
                made.append(keras.layers.MaxPooling2D(case["pool_size"], dtype="float64"))
            case "Upsample2D":
                made.append(keras.layers.UpSampling2D(case["scale"], interpolation="nearest", dtype="float64"))
            case "ReLU" | "Sigmoid":
                made.append(keras.layers.Activation(part.lower(), dtype="float64"))
            case unknown:
                raise ValueError(f"{case['name']}: no layer {unknown}")
    return made


def recompute(case: Case, given: Arrays) -> Arrays:
    """The case's output and gradients by Keras."""
    x = tf.constant(given["input"], tf.float64)
    stack = layers(case)
    y = x
    for layer in stack:
        y = layer(y)
        if layer.weights:
            layer.set_weights([given["kernel"], given["bias"]])
    variables = [weight.value for layer in stack for weight in layer.weights]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for layer in stack:
            y = layer(y)
        total = tf.reduce_sum(y * tf.constant(given["output_gradient"], tf.float64))
    gradients = tape.gradient(total, [x, *variables])
    names = ["input_gradient", "kernel_gradient", "bias_gradient"]
    return {"output": y.numpy()} | {name: gradient.numpy() for name, gradient in zip(names, gradients)}


def main() -> None:
    """Compares all cases and prints the worst."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path, help="layers.safetensors")
    arrays, metadata = load(parser.parse_args().file)
    worst, failures = 0.0, 0
    cases: list[Case] = json.loads(metadata["cases"])
    for case in cases:
        prefix = case["name"] + "/"
        given = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
        for name, array in recompute(case, given).items():
            error = relative_error(given[name], array) if given[name].shape == array.shape else np.inf
            worst = max(worst, error)
            if not error <= TOLERANCE:
                failures += 1
                print(f"{prefix}{name}: relative error {error:.1e}, shapes {given[name].shape} and {array.shape}")
    versions = ", ".join(f"{key} {value}" for key, value in VERSIONS.items())
    print(f"{len(cases)} layer cases held against {versions}: worst relative error {worst:.1e}, {failures} mismatches")
    sys.exit(1 if failures or not cases else 0)


if __name__ == "__main__":
    main()
