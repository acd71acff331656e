"""A variational autoencoder, "flats", with the weights that swift-vae trained.

    from model import load
    model = load()
    mean, log_variance = model.encode(images)
    pictures = model.decode(mean)

Images are float32 [batch, 4, 5, 3] with values from 0 to 1, codes [batch, 3].
Pictures are the decoder's output: each pixel's mean.
Needs Keras 3 with any of its backends, and NumPy.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers, ops


def build_encoder():
    """Images [batch, 4, 5, 3] to the mean and log-variance of their codes, [batch, 3] each."""
    image = keras.Input((4, 5, 3))
    x = layers.Flatten()(image)  # [60]
    x = layers.Activation("tanh")(x)  # [60]
    x = layers.LayerNormalization(epsilon=1e-05, name="concatenate_branch_0_layer_norm")(x)  # [60]
    concatenate_branch_0_dropout = layers.Dropout(0.5)(x)  # [60]
    x = layers.GlobalAveragePooling2D()(image)  # [3]
    x = layers.Concatenate()([concatenate_branch_0_dropout, x])  # [63]
    x = layers.LayerNormalization(epsilon=1e-05, name="layer_norm")(x)  # [63]
    dense = layers.Dense(60, name="dense")(x)  # [60]
    x = layers.Dense(60, activation="relu", name="residual_dense")(dense)  # [60]
    x = layers.Add()([dense, x])  # [60]
    x = layers.Reshape((4, 5, 3))(x)  # [4, 5, 3]
    x = layers.Conv2D(4, 3, name="conv2d")(x)  # [2, 3, 4]
    x = layers.Flatten()(x)  # [24]
    x = layers.LayerNormalization(epsilon=1e-05, name="layer_norm_1")(x)  # [24]
    x = layers.Activation("gelu")(x)  # [24]
    x = layers.Dense(7, name="dense_1")(x)  # [7]
    mean = layers.Dense(3, name="mean")(x)
    log_variance = layers.Dense(3, name="log_variance")(x)
    return keras.Model(image, [mean, log_variance], name="encoder")


def build_decoder():
    """Codes [batch, 3] to images [batch, 4, 5, 3]."""
    z = keras.Input((3,))
    x = layers.Dense(40, name="dense")(z)  # [40]
    x = layers.Activation("silu")(x)  # [40]
    x = layers.LayerNormalization(epsilon=1e-05, name="layer_norm")(x)  # [40]
    x = layers.Reshape((2, 5, 4))(x)  # [2, 5, 4]
    x = layers.Conv2D(6, 1, name="conv2d")(x)  # [2, 5, 6]
    flatten = layers.Flatten()(x)  # [60]
    x = layers.LayerNormalization(epsilon=1e-05, name="residual_layer_norm")(flatten)  # [60]
    x = layers.Add()([flatten, x])  # [60]
    x = layers.Reshape((4, 5, 3))(x)  # [4, 5, 3]
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
