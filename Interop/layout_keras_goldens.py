"""Makes `layout-keras.safetensors`: a small model's weights as Keras has them, and what the model computes.

Written by hand, not exported: each kind of weight is in it, and dense layers on both sides of flat images.
"""

import numpy as np

from golden_files import normal, parse_arguments, save, uniform
from keras_setup import VERSIONS, keras

layers = keras.layers


def encoder() -> keras.Model:
    """Images [batch, 6, 6, 2] to mean and log-variance, [batch, 2]."""
    image = keras.Input((6, 6, 2))
    x = layers.Conv2D(4, (3, 2), strides=2, padding="same", groups=2, name="conv2d")(image)
    x = layers.GroupNormalization(2, name="group_norm")(x)
    x = layers.LayerNormalization(name="layer_norm")(layers.Flatten()(x))
    x = layers.Dense(7, name="dense")(x)
    heads = [layers.Dense(2, name=name)(x) for name in ("mean", "log_variance")]
    return keras.Model(image, heads, name="encoder")


def decoder() -> keras.Model:
    """Codes to images."""
    z = keras.Input((2,))
    x = layers.Reshape((2, 3, 4))(layers.Dense(24, name="dense")(z))
    x = layers.Conv2DTranspose(2, (4, 3), strides=(3, 2), padding="same", name="conv2d_transpose")(x)
    return keras.Model(z, x, name="decoder")


def main() -> None:
    """Writes the file."""
    arguments = parse_arguments(__doc__.splitlines()[0])
    random = np.random.default_rng(arguments.seed)
    keras.config.set_floatx("float64")
    models, arrays = (encoder(), decoder()), {}
    for model in models:
        for layer in model.layers:
            for variable in layer.weights:
                shift = 1 if variable.name == "gamma" else 0
                value = shift + uniform(random, tuple(variable.shape), 0.5)
                variable.assign(value)
                arrays[f"{model.name}/{layer.name}/{variable.name}"] = value
    images, codes = uniform(random, (3, 6, 6, 2)), normal(random, (3, 2))
    mean, log_variance = models[0](images.astype(np.float64))
    arrays |= {"images": images, "codes": codes, "mean": mean, "log_variance": log_variance}
    arrays["pictures"] = models[1](codes.astype(np.float64))
    arrays = {name: keras.ops.convert_to_numpy(array) for name, array in arrays.items()}
    save(arguments.out / "layout-keras.safetensors", arrays, VERSIONS | {"seed": str(arguments.seed)})


if __name__ == "__main__":
    main()
