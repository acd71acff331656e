"""Makes `keras-example.safetensors`: the Keras documentation's VAE, as https://keras.io/examples/generative/vae/ has it.

One forward and backward pass over eight images, and ten steps of Adam of 32 images each, in float64: the loss is
binary cross-entropy of a sigmoid's output, summed over pixels, and the KL divergence, summed over dimensions. Beside it
the losses of the same in float32, which say how far Keras's own rounding goes. Names are those of this project.
"""

import math

import numpy as np

from golden_files import Arrays, normal, parse_arguments, relative_error, save, uniform
from keras_setup import VERSIONS, keras, tf
from tutorial_model import mnist_images

LATENT_DIMENSIONS = 2
STEP_IMAGES = 8
ADAM_STEPS, ADAM_BATCH = 10, 32


class Example:
    """Encoder and decoder in one precision, their weights under this project's names."""

    def __init__(self, dtype: str) -> None:
        """Builds every layer."""
        layers = keras.layers
        strided = {"activation": "relu", "strides": 2, "padding": "same", "dtype": dtype}
        self.dtype = dtype
        self.encoder = {
            "encoder/conv2d": layers.Conv2D(32, 3, **strided),
            "encoder/conv2d_1": layers.Conv2D(64, 3, **strided),
            "flatten": layers.Flatten(dtype=dtype),
            "encoder/dense": layers.Dense(16, activation="relu", dtype=dtype),
        }
        self.mean = layers.Dense(LATENT_DIMENSIONS, dtype=dtype)
        self.log_variance = layers.Dense(LATENT_DIMENSIONS, dtype=dtype)
        self.decoder = {
            "decoder/dense": layers.Dense(7 * 7 * 64, activation="relu", dtype=dtype),
            "reshape": layers.Reshape((7, 7, 64), dtype=dtype),
            "decoder/conv2d_transpose": layers.Conv2DTranspose(64, 3, **strided),
            "decoder/conv2d_transpose_1": layers.Conv2DTranspose(32, 3, **strided),
            "decoder/conv2d_transpose_2": layers.Conv2DTranspose(
                1, 3, activation="sigmoid", padding="same", dtype=dtype
            ),
        }
        self.losses(np.zeros((1, 28, 28, 1)), np.zeros((1, LATENT_DIMENSIONS)))
        named = self.encoder | {"mean/dense": self.mean, "log_variance/dense": self.log_variance} | self.decoder
        self.variables = {
            f"{name}/{variable.name}": variable for name, layer in named.items() for variable in layer.weights
        }

    def assign(self, weights: Arrays) -> "Example":
        """Takes the weights over."""
        for name, variable in self.variables.items():
            variable.assign(weights[name])
        return self

    def losses(self, images: np.ndarray, noise: np.ndarray) -> dict[str, tf.Tensor]:
        """The losses of a batch, as the example computes them."""
        x = h = tf.constant(images, self.dtype)
        for layer in self.encoder.values():
            h = layer(h)
        mean, log_variance = self.mean(h), self.log_variance(h)
        h = mean + tf.exp(0.5 * log_variance) * tf.constant(noise, self.dtype)
        for layer in self.decoder.values():
            h = layer(h)
        entropy = keras.losses.binary_crossentropy(x, h)
        reconstruction = tf.reduce_mean(tf.reduce_sum(entropy, axis=(1, 2)))
        kl = -0.5 * (1 + log_variance - tf.square(mean) - tf.exp(log_variance))
        kl = tf.reduce_mean(tf.reduce_sum(kl, axis=1))
        return {"loss": reconstruction + kl, "reconstruction_loss": reconstruction, "kl_loss": kl}

    def step(self, images: np.ndarray, noise: np.ndarray) -> tuple[dict[str, tf.Tensor], Arrays]:
        """Losses, and the loss's gradient to each weight."""
        with tf.GradientTape() as tape:
            losses = self.losses(images, noise)
        gradients = tape.gradient(losses["loss"], [variable.value for variable in self.variables.values()])
        return losses, {name: g.numpy() for name, g in zip(self.variables, gradients)}


def draw_weights(random: np.random.Generator, model: Example) -> Arrays:
    """Glorot-uniform kernels, and biases in ±0.1: zero biases would hide a wrong bias."""
    weights: Arrays = {}
    for name, variable in model.variables.items():
        shape = tuple(variable.shape)
        fans = math.prod(shape[:-2]) * sum(shape[-2:])
        weights[name] = uniform(random, shape, math.sqrt(6 / fans) if len(shape) > 1 else 0.1)
    return weights


def train(model: Example, images: np.ndarray, noise: np.ndarray) -> list[float]:
    """Ten steps of Keras's Adam: the loss of each."""
    adam = keras.optimizers.Adam()
    history = []
    for step in range(ADAM_STEPS):
        losses, gradients = model.step(images[step * ADAM_BATCH : (step + 1) * ADAM_BATCH], noise[step])
        adam.apply([gradients[name] for name in model.variables], list(model.variables.values()))
        history.append(float(losses["loss"]))
    return history


def main() -> None:
    """Writes the file."""
    arguments = parse_arguments(__doc__.splitlines()[0])
    random = np.random.default_rng(arguments.seed)
    exact, rounded = Example("float64"), Example("float32")
    weights = draw_weights(random, exact)
    noise = normal(random, (STEP_IMAGES, LATENT_DIMENSIONS))
    losses, gradients = exact.assign(weights).step(mnist_images("t10k")[:STEP_IMAGES], noise)
    losses32, gradients32 = rounded.assign(weights).step(mnist_images("t10k")[:STEP_IMAGES], noise)
    worst = max(relative_error(gradients32[name], gradients[name]) for name in gradients)

    adam_noise = normal(random, (ADAM_STEPS, ADAM_BATCH, LATENT_DIMENSIONS))
    images = mnist_images("train")[: ADAM_STEPS * ADAM_BATCH]
    history, history32 = train(exact, images, adam_noise), train(rounded, images, adam_noise)
    arrays: Arrays = {"noise": noise, "adam/noise": adam_noise, "adam/loss": np.array(history)}
    arrays |= {name: loss.numpy().reshape(1) for name, loss in losses.items()}
    arrays |= {f"weight/{name}": array for name, array in weights.items()}
    arrays |= {f"gradient/{name}": array for name, array in gradients.items()}
    arrays |= {f"adam/weight/{name}": variable.numpy() for name, variable in exact.variables.items()}
    metadata = VERSIONS | {
        "seed": str(arguments.seed),
        "float32_gradient_error": f"{worst:.2e}",
        "float32_loss_error": f"{abs(float(losses32['loss']) / float(losses['loss']) - 1):.2e}",
        "float32_adam_loss_error": f"{max(abs(a / b - 1) for a, b in zip(history32, history)):.2e}",
    }
    save(arguments.out / "keras-example.safetensors", arrays, metadata)


if __name__ == "__main__":
    main()
