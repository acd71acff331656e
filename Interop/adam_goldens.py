"""Makes `adam.safetensors`: five steps of Adam on one vector, by Keras in float32 and by its formula in float64.

The gradients run from 1e-10 to 1e4 and include zeros, so that where ε stands in the formula shows. Keras rounds β₂ to
float32 before it takes 1 − β₂ᵗ, which makes its steps 7e-6 (relative) too short: both results are kept.
"""

import numpy as np

from golden_files import Arrays, normal, parse_arguments, relative_error, save
from keras_setup import VERSIONS, keras

STEPS, LENGTH = 5, 37
LEARNING_RATE, BETA1, BETA2, EPSILON = 0.001, 0.9, 0.999, 1e-7


def by_formula(initial: np.ndarray, gradients: np.ndarray) -> Arrays:
    """θ ← θ − α · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε) after each step, and the moments after the last."""
    theta, m, v = initial.astype(np.float64), np.zeros(LENGTH), np.zeros(LENGTH)
    steps = []
    for t, g in enumerate(gradients.astype(np.float64), start=1):
        m = BETA1 * m + (1 - BETA1) * g
        v = BETA2 * v + (1 - BETA2) * g**2
        theta = theta - LEARNING_RATE * np.sqrt(1 - BETA2**t) / (1 - BETA1**t) * m / (np.sqrt(v) + EPSILON)
        steps.append(theta)
    return {"parameters64": np.stack(steps), "first_moment": m, "second_moment": v}


def by_keras(initial: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """The parameters after each step of Keras's optimizer."""
    parameters = keras.Variable(initial)
    adam = keras.optimizers.Adam(learning_rate=LEARNING_RATE, beta_1=BETA1, beta_2=BETA2, epsilon=EPSILON)
    steps = []
    for gradient in gradients:
        adam.apply([keras.ops.convert_to_tensor(gradient)], [parameters])
        steps.append(parameters.numpy())
    return np.stack(steps)


def main() -> None:
    """Writes the file."""
    arguments = parse_arguments(__doc__.splitlines()[0])
    random = np.random.default_rng(arguments.seed)
    # Small, so that what a step moves is not lost beside what was there.
    initial = np.float32(0.01) * normal(random, (LENGTH,))
    gradients = normal(random, (STEPS, LENGTH)) * np.logspace(-10, 4, LENGTH).astype(np.float32)
    gradients[:, ::9] = 0  # never a gradient
    gradients[1::2, 1::9] = 0  # now and then

    arrays = {"initial": initial, "gradient": gradients, "parameters": by_keras(initial, gradients)}
    arrays |= by_formula(initial, gradients)
    error = relative_error(arrays["parameters"] - initial, arrays["parameters64"] - initial)
    print(f"Keras's Adam moves within {error:.1e} of its formula")
    if not error < 1e-5:
        raise ValueError("Keras's Adam is not the formula that this project follows")
    settings = {"learning_rate": LEARNING_RATE, "beta1": BETA1, "beta2": BETA2, "epsilon": EPSILON}
    metadata = VERSIONS | {"seed": str(arguments.seed)} | {key: str(value) for key, value in settings.items()}
    save(arguments.out / "adam.safetensors", arrays, metadata)


if __name__ == "__main__":
    main()
