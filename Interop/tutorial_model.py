"""The tutorial's variational autoencoder in Keras, every layer named, its noise an input."""

import gzip
import math

import numpy as np

from golden_files import REPOSITORY, Arrays, uniform
from keras_setup import keras, tf

PIXELS = 28 * 28
LATENT_DIMENSIONS = 2


def mnist_images(part: str) -> np.ndarray:
    """The images of `train` or `t10k` in file order: float32 in [0, 1], [count, 28, 28, 1]."""
    path = REPOSITORY / "Sources/CMNISTData/data" / f"{part}-images-idx3-ubyte.gz"
    pixels = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=16)
    return pixels.reshape(-1, 28, 28, 1).astype(np.float32) / np.float32(255)


class TutorialModel:
    """Encoder and decoder in one precision, from given weights."""

    def __init__(self, weights: Arrays, dtype: str) -> None:
        """Builds every layer and gives it its weights, named `encoder/conv1/kernel` and so on."""
        layers = keras.layers
        relu = {"activation": "relu", "dtype": dtype}
        self.dtype = dtype
        self.encoder: dict[str, keras.layers.Layer] = {
            "conv1": layers.Conv2D(64, 5, **relu),
            "pool1": layers.MaxPooling2D(2, dtype=dtype),
            "conv2": layers.Conv2D(64, 3, **relu),
            "pool2": layers.MaxPooling2D(2, dtype=dtype),
            "conv3": layers.Conv2D(32, 3, **relu),
            "pool3": layers.MaxPooling2D(2, dtype=dtype),
            "flatten": layers.Flatten(dtype=dtype),
            "dense": layers.Dense(16, dtype=dtype),
        }
        self.heads: dict[str, keras.layers.Layer] = {
            "mean": layers.Dense(LATENT_DIMENSIONS, dtype=dtype),
            "log_variance": layers.Dense(LATENT_DIMENSIONS, dtype=dtype),
        }
        self.decoder: dict[str, keras.layers.Layer] = {
            "dense": layers.Dense(64, dtype=dtype),
            "reshape": layers.Reshape((1, 1, 64), dtype=dtype),
            "conv_transpose1": layers.Conv2DTranspose(64, 3, **relu),
            "conv_transpose2": layers.Conv2DTranspose(64, 3, **relu),
            "upsample1": layers.UpSampling2D(2, dtype=dtype),
            "conv_transpose3": layers.Conv2DTranspose(64, 3, **relu),
            "upsample2": layers.UpSampling2D(2, dtype=dtype),
            "conv_transpose4": layers.Conv2DTranspose(1, 5, **relu),
        }
        self.forward(np.zeros((1, 28, 28, 1)), np.zeros((1, LATENT_DIMENSIONS)))
        self.variables: dict[str, keras.Variable] = {
            f"{group}/{name}/{variable.name}": variable
            for group, layers_of_group in (("encoder", self.encoder | self.heads), ("decoder", self.decoder))
            for name, layer in layers_of_group.items()
            for variable in layer.weights
        }
        if weights.keys() != self.variables.keys():
            raise ValueError(f"weights are {sorted(weights)}, the model has {sorted(self.variables)}")
        for name, variable in self.variables.items():
            variable.assign(weights[name])

    def forward(self, images: np.ndarray, noise: np.ndarray) -> dict[str, tf.Tensor]:
        """Every layer's output (after its activation), by name; `decoder/conv_transpose4` is the reconstruction."""
        outputs: dict[str, tf.Tensor] = {}
        h = tf.constant(images, self.dtype)
        for name, layer in self.encoder.items():
            h = outputs[f"encoder/{name}"] = layer(h)
        mean = outputs["encoder/mean"] = self.heads["mean"](h)
        log_variance = outputs["encoder/log_variance"] = self.heads["log_variance"](h)
        h = outputs["z"] = mean + tf.exp(0.5 * log_variance) * tf.constant(noise, self.dtype)
        for name, layer in self.decoder.items():
            h = outputs[f"decoder/{name}"] = layer(h)
        return outputs

    def losses(self, images: np.ndarray, outputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The loss as the tutorial weighs it: 784 · mean squared error, and the KL's mean over latent dimensions."""
        mean, log_variance = outputs["encoder/mean"], outputs["encoder/log_variance"]
        error = tf.constant(images, self.dtype) - outputs["decoder/conv_transpose4"]
        reconstruction = PIXELS * tf.reduce_mean(tf.square(error))
        kl = -0.5 * tf.reduce_mean(1 + log_variance - tf.square(mean) - tf.exp(log_variance))
        return {"loss": reconstruction + kl, "reconstruction_loss": reconstruction, "kl_loss": kl}

    def step(self, images: np.ndarray, noise: np.ndarray) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor], Arrays]:
        """One forward and backward pass: outputs, losses, and the loss's gradient to each weight."""
        with tf.GradientTape() as tape:
            outputs = self.forward(images, noise)
            losses = self.losses(images, outputs)
        values = [variable.value for variable in self.variables.values()]
        gradients = tape.gradient(losses["loss"], values)
        return outputs, losses, {name: g.numpy() for name, g in zip(self.variables, gradients)}

    def weights(self) -> Arrays:
        """The weights as they are now."""
        return {name: variable.numpy() for name, variable in self.variables.items()}


# Keras's layouts: Conv2D [height, width, in, out], Conv2DTranspose [height, width, out, in], Dense [in, out].
KERNEL_SHAPES: dict[str, tuple[int, ...]] = {
    "encoder/conv1": (5, 5, 1, 64),
    "encoder/conv2": (3, 3, 64, 64),
    "encoder/conv3": (3, 3, 64, 32),
    "encoder/dense": (32, 16),
    "encoder/mean": (16, 2),
    "encoder/log_variance": (16, 2),
    "decoder/dense": (2, 64),
    "decoder/conv_transpose1": (3, 3, 64, 64),
    "decoder/conv_transpose2": (3, 3, 64, 64),
    "decoder/conv_transpose3": (3, 3, 64, 64),
    "decoder/conv_transpose4": (5, 5, 1, 64),
}


def draw_weights(random: np.random.Generator) -> Arrays:
    """Glorot-uniform kernels as Keras draws them, and biases in ±0.1: zero biases would hide a wrong bias."""
    weights: Arrays = {}
    for name, shape in KERNEL_SHAPES.items():
        field = math.prod(shape[:-2])
        limit = math.sqrt(6 / (field * (shape[-2] + shape[-1])))
        weights[f"{name}/kernel"] = uniform(random, shape, limit)
        outputs = shape[-2] if "transpose" in name else shape[-1]
        weights[f"{name}/bias"] = uniform(random, (outputs,), 0.1)
    return weights
