"""A variational autoencoder, "layers", with the weights that swift-vae trained.

    from model import load
    model = load()
    mean, log_variance = model.encode(images)
    pictures = model.decode(mean)

Images are float32 [batch, 13, 10, 3] with values from 0 to 1, codes [batch, 3].
Pictures are the sigmoid of the decoder's output, which `logits` returns as it is.
Needs Keras 3 with any of its backends, and NumPy.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers, ops


def build_encoder():
    """Images [batch, 13, 10, 3] to the mean and log-variance of their codes, [batch, 3] each."""
    image = keras.Input((13, 10, 3))
    conv2d = layers.Conv2D(12, 3, padding="same", groups=3, activation="silu", name="conv2d")(image)  # [13, 10, 12]
    residual_shortcut_conv2d = layers.Conv2D(12, 1, name="residual_shortcut_conv2d")(conv2d)  # [13, 10, 12]
    residual_group_norm = layers.GroupNormalization(4, epsilon=1e-05, name="residual_group_norm")(conv2d)  # [13, 10, 12]
    x = layers.LayerNormalization(epsilon=1e-05, name="residual_residual_layer_norm")(residual_group_norm)  # [13, 10, 12]
    x = layers.Conv2D(12, 3, padding="same", name="residual_residual_conv2d")(x)  # [13, 10, 12]
    x = layers.Add()([residual_group_norm, x])  # [13, 10, 12]
    residual_add = layers.Add()([residual_shortcut_conv2d, x])  # [13, 10, 12]
    x = layers.MaxPooling2D(2)(residual_add)  # [6, 5, 12]
    concatenate_branch_0_conv2d = layers.Conv2D(5, 1, name="concatenate_branch_0_conv2d")(x)  # [6, 5, 5]
    concatenate_branch_1_average_pooling2d = layers.AveragePooling2D(2)(residual_add)  # [6, 5, 12]
    x = layers.Conv2D(6, 2, strides=2, name="concatenate_branch_2_conv2d")(residual_add)  # [6, 5, 6]
    concatenate_concatenate = layers.Concatenate()([concatenate_branch_0_conv2d, concatenate_branch_1_average_pooling2d, x])  # [6, 5, 23]
    multiply_branch_0_layer_norm = layers.LayerNormalization(epsilon=1e-05, name="multiply_branch_0_layer_norm")(concatenate_concatenate)  # [6, 5, 23]
    x = layers.Activation("sigmoid")(concatenate_concatenate)  # [6, 5, 23]
    multiply_multiply = layers.Multiply()([multiply_branch_0_layer_norm, x])  # [6, 5, 23]
    add_branch_1_dropout = layers.Dropout(0.25)(multiply_multiply)  # [6, 5, 23]
    x = layers.GroupNormalization(1, epsilon=1e-05, name="add_branch_2_group_norm")(multiply_multiply)  # [6, 5, 23]
    x = layers.Activation("tanh")(x)  # [6, 5, 23]
    x = layers.Add()([multiply_multiply, add_branch_1_dropout, x])  # [6, 5, 23]
    x = layers.MaxPooling2D((2, 1))(x)  # [3, 5, 23]
    x = layers.GlobalAveragePooling2D()(x)  # [23]
    mean = layers.Dense(3, name="mean")(x)
    log_variance = layers.Dense(3, name="log_variance")(x)
    return keras.Model(image, [mean, log_variance], name="encoder")


def build_decoder():
    """Codes [batch, 3] to the logits of images [batch, 13, 10, 3]."""
    z = keras.Input((3,))
    x = layers.Dense(24, activation="relu", name="dense")(z)  # [24]
    x = layers.LayerNormalization(epsilon=1e-05, name="layer_norm")(x)  # [24]
    x = layers.Reshape((2, 3, 4))(x)  # [2, 3, 4]
    x = layers.UpSampling2D(3, interpolation="bilinear")(x)  # [6, 9, 4]
    x = layers.GroupNormalization(2, epsilon=1e-05, name="group_norm")(x)  # [6, 9, 4]
    x = layers.UpSampling2D(3, interpolation="nearest")(x)  # [18, 27, 4]
    x = layers.Conv2DTranspose(3, 3, padding="same", name="conv2d_transpose")(x)  # [18, 27, 3]
    x = layers.Cropping2D(((2, 3), (8, 9)))(x)  # [13, 10, 3]
    return keras.Model(z, x, name="decoder")


class VAE(keras.Model):
    """Encoder and decoder; calling it reconstructs images, in training from a sample of each code."""

    def __init__(self):
        super().__init__()
        self.encoder = build_encoder()
        self.decoder = build_decoder()

    def encode(self, image):
        return self.encoder(image)

    def logits(self, z):
        return self.decoder(z)

    def decode(self, z):
        return ops.sigmoid(self.logits(z))

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
