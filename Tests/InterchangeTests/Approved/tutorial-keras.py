"""A variational autoencoder, "tutorial", with the weights that swift-vae trained.

    from model import load
    model = load()
    mean, log_variance = model.encode(images)
    pictures = model.decode(mean)

Images are float32 [batch, 28, 28, 1] with values from 0 to 1, codes [batch, 2].
Pictures are the decoder's output: each pixel's mean.
Needs Keras 3 with any of its backends, and NumPy.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers, ops


def build_encoder():
    """Images [batch, 28, 28, 1] to the mean and log-variance of their codes, [batch, 2] each."""
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(64, 5, activation="relu", name="conv2d")(image)  # [24, 24, 64]
    x = layers.MaxPooling2D(2)(x)  # [12, 12, 64]
    x = layers.Conv2D(64, 3, activation="relu", name="conv2d_1")(x)  # [10, 10, 64]
    x = layers.MaxPooling2D(2)(x)  # [5, 5, 64]
    x = layers.Conv2D(32, 3, activation="relu", name="conv2d_2")(x)  # [3, 3, 32]
    x = layers.MaxPooling2D(2)(x)  # [1, 1, 32]
    x = layers.Flatten()(x)  # [32]
    x = layers.Dense(16, name="dense")(x)  # [16]
    mean = layers.Dense(2, name="mean")(x)
    log_variance = layers.Dense(2, name="log_variance")(x)
    return keras.Model(image, [mean, log_variance], name="encoder")


def build_decoder():
    """Codes [batch, 2] to images [batch, 28, 28, 1]."""
    z = keras.Input((2,))
    x = layers.Dense(64, name="dense")(z)  # [64]
    x = layers.Reshape((1, 1, 64))(x)  # [1, 1, 64]
    x = layers.Conv2DTranspose(64, 3, activation="relu", name="conv2d_transpose")(x)  # [3, 3, 64]
    x = layers.Conv2DTranspose(64, 3, activation="relu", name="conv2d_transpose_1")(x)  # [5, 5, 64]
    x = layers.UpSampling2D(2, interpolation="nearest")(x)  # [10, 10, 64]
    x = layers.Conv2DTranspose(64, 3, activation="relu", name="conv2d_transpose_2")(x)  # [12, 12, 64]
    x = layers.UpSampling2D(2, interpolation="nearest")(x)  # [24, 24, 64]
    x = layers.Conv2DTranspose(1, 5, activation="relu", name="conv2d_transpose_3")(x)  # [28, 28, 1]
    return keras.Model(z, x, name="decoder")


class VAE(keras.Model):
    """Encoder and decoder; calling it reconstructs images, in training from a sample of each code."""

    def __init__(self):
        super().__init__()
        self.encoder = build_encoder()
        self.decoder = build_decoder()

    def encode(self, image):
        return self.encoder(image)

    def decode(self, z):
        return self.decoder(z)

    def call(self, image, training=False):
        mean, log_variance = self.encoder(image, training=training)
        noise = keras.random.normal(ops.shape(mean)) if training else ops.zeros_like(mean)
        return self.decode(mean + ops.exp(0.5 * log_variance) * noise), mean, log_variance


def load(path=Path(__file__).with_name("weights.npz")):
    """The trained model, ready to encode and decode."""
    model = VAE()
    with np.load(path) as weights:
        for part in (model.encoder, model.decoder):
            for layer in part.layers:
                for variable in layer.weights:
                    variable.assign(weights[f"{part.name}/{layer.name}/{variable.name}"])
    return model
