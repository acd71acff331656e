"""Makes `tutorial-step.safetensors` and `tutorial-adam.safetensors`: the tutorial's whole model, by Keras in float32.

Beside float32 the same is computed in float64. The distance between the two, kept in each file's metadata
(`float32_relative_error`), is the rounding that Keras itself has, and so the finest agreement to be expected.
"""

import json
import pathlib

import numpy as np

from golden_files import Arrays, normal, parse_arguments, relative_error, save
from keras_setup import VERSIONS, keras
from tutorial_model import LATENT_DIMENSIONS, TutorialModel, draw_weights, mnist_images

STEP_IMAGES = 6
ADAM_STEPS, ADAM_BATCH = 10, 64


def error_metadata(actual: Arrays, expected: Arrays) -> str:
    """Keras's own float32 error of each array, as JSON."""
    return json.dumps({name: float(f"{relative_error(actual[name], expected[name]):.2e}") for name in actual})


def require_alive(reconstruction: np.ndarray) -> None:
    """Refuses weights whose last ReLU is all on or mostly off: half of its backward pass would go untested."""
    alive = float((reconstruction > 0).mean())
    print(f"reconstruction: {alive:.0%} of pixels above zero")
    if not 0.4 < alive < 0.6:
        raise ValueError("the last ReLU is too one-sided for a parity test; choose another seed")


def changed_decisions(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> int:
    """How many ReLU outputs are zero in one precision and not in the other."""
    relus = [name for name in actual if "conv" in name]
    return sum(int(((actual[name] > 0) != (expected[name] > 0)).sum()) for name in relus)


def make_step(path: pathlib.Path, weights: Arrays, random: np.random.Generator, metadata: dict[str, str]) -> None:
    """One forward and backward pass over six test images: every activation, loss and gradient."""
    images = mnist_images("t10k")[:STEP_IMAGES]
    noise = normal(random, (STEP_IMAGES, LATENT_DIMENSIONS))
    outputs, losses, gradients = TutorialModel(weights, "float32").step(images, noise)
    outputs64, losses64, gradients64 = TutorialModel(weights, "float64").step(images, noise)
    outputs = {name: tensor.numpy() for name, tensor in outputs.items()}
    outputs64 = {name: tensor.numpy() for name, tensor in outputs64.items()}
    require_alive(outputs["decoder/conv_transpose4"])
    print(f"{changed_decisions(outputs, outputs64)} ReLUs switch between float32 and float64")

    arrays: Arrays = {"images": images, "noise": noise}
    arrays |= {f"weight/{name}": array for name, array in weights.items()}
    arrays |= {f"activation/{name}": array for name, array in outputs.items()}
    arrays |= {f"gradient/{name}": array for name, array in gradients.items()}
    arrays |= {f"gradient64/{name}": array for name, array in gradients64.items()}
    arrays |= {name: losses[name].numpy().reshape(1) for name in losses}
    arrays |= {f"{name}64": losses64[name].numpy().reshape(1) for name in losses64}
    errors = error_metadata(
        {name: losses[name].numpy() for name in losses}
        | {f"activation/{name}": array for name, array in outputs.items()}
        | {f"gradient/{name}": array for name, array in gradients.items()},
        {name: losses64[name].numpy() for name in losses64}
        | {f"activation/{name}": array for name, array in outputs64.items()}
        | {f"gradient/{name}": array for name, array in gradients64.items()},
    )
    save(path, arrays, metadata | {"float32_relative_error": errors})


def train(weights: Arrays, images: np.ndarray, noise: np.ndarray, dtype: str) -> tuple[Arrays, Arrays]:
    """Ten steps of Keras's Adam: the losses of each step, and the weights after the last."""
    model = TutorialModel(weights, dtype)
    adam = keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
    history: dict[str, list[float]] = {}
    for step in range(ADAM_STEPS):
        batch = images[step * ADAM_BATCH : (step + 1) * ADAM_BATCH]
        _, losses, gradients = model.step(batch, noise[step])
        adam.apply([gradients[name] for name in model.variables], list(model.variables.values()))
        for name, loss in losses.items():
            history.setdefault(name, []).append(float(loss))
    return {name: np.array(values) for name, values in history.items()}, model.weights()


def make_adam(path: pathlib.Path, weights: Arrays, random: np.random.Generator, metadata: dict[str, str]) -> None:
    """Ten steps over the first 640 training images in file order, from the step file's weights."""
    images = mnist_images("train")[: ADAM_STEPS * ADAM_BATCH]
    noise = normal(random, (ADAM_STEPS, ADAM_BATCH, LATENT_DIMENSIONS))
    history, trained = train(weights, images, noise, "float32")
    history64, trained64 = train(weights, images, noise, "float64")
    arrays: Arrays = {"noise": noise} | history | {f"{name}64": values for name, values in history64.items()}
    arrays |= {f"weight/{name}": array for name, array in trained.items()}
    arrays |= {f"weight64/{name}": array for name, array in trained64.items()}
    errors = error_metadata(
        history | {f"weight/{name}": array for name, array in trained.items()},
        history64 | {f"weight/{name}": array for name, array in trained64.items()},
    )
    save(path, arrays, metadata | {"float32_relative_error": errors})


def main() -> None:
    """Writes both files."""
    arguments = parse_arguments(__doc__.splitlines()[0])
    random = np.random.default_rng(arguments.seed)
    weights = draw_weights(random)
    metadata = VERSIONS | {"seed": str(arguments.seed)}
    make_step(arguments.out / "tutorial-step.safetensors", weights, random, metadata)
    make_adam(arguments.out / "tutorial-adam.safetensors", weights, random, metadata)


if __name__ == "__main__":
    main()
