"""Small models of Keras and PyTorch as their users save them, and the losses that each computes itself.

    python Interop/import_goldens.py --framework keras --out Tests/InterchangeTests/Goldens
    python Interop/import_goldens.py --framework torch --out Tests/InterchangeTests/Goldens

Each model is trained a little, so that no weight, bias or running statistic is what it began as. With `--images` the
same models in the sizes of the presets are trained on a folder of IDX files, for `check_import.py`.
"""

import argparse
import gzip
import json
import pathlib
import struct
import sys

import numpy as np

LATENT = 2


class Sizes:
    """What is small in the committed files, and as in the presets in the others."""

    def __init__(self, full: bool) -> None:
        self.side = 28 if full else 8
        # Of Adam; a few steps shall move everything.
        self.rate = 0.001 if full else 0.02
        self.example = (32, 64, 16) if full else (4, 6, 5)
        self.tutorial = (64, 64, 32, 16) if full else (4, 3, 5, 7)


def make_images(count: int, side: int) -> np.ndarray:
    """Soft spots at random places: uint8, [count, side, side]."""
    random = np.random.default_rng(5)
    centre = random.uniform(1, side - 1, (count, 2, 1, 1))
    width = random.uniform(0.8, 2.5, (count, 1, 1))
    y, x = np.mgrid[0:side, 0:side]
    distance = (y - centre[:, 0]) ** 2 + (x - centre[:, 1]) ** 2
    return np.round(255 * np.exp(-distance / (2 * width**2))).astype(np.uint8)


def write_idx(path: pathlib.Path, images: np.ndarray) -> None:
    """An IDX file of bytes, as MNIST's."""
    path.write_bytes(struct.pack(">HBB3I", 0, 8, 3, *images.shape) + images.tobytes())


def read_idx(path: pathlib.Path) -> np.ndarray:
    """The images of an IDX file, [count, height, width]."""
    content = path.read_bytes()
    return np.frombuffer(content, np.uint8, offset=16).reshape(struct.unpack(">3I", content[4:16]))


def losses(images: np.ndarray, reconstruction: np.ndarray, mean: np.ndarray, log_variance: np.ndarray,
           objective: str) -> dict[str, float]:
    """Means over the images, in float64, of what the framework's own forward pass in float32 gave."""
    x, y = images.astype(np.float64).reshape(len(images), -1), reconstruction.astype(np.float64).reshape(len(images), -1)
    kl = -0.5 * (1 + log_variance - mean.astype(np.float64) ** 2 - np.exp(log_variance.astype(np.float64)))
    if objective == "squared_error":
        error, kl = ((x - y) ** 2).sum(1), kl.mean(1)
    else:
        # Of logits.
        error, kl = (np.maximum(y, 0) - x * y + np.log1p(np.exp(-np.abs(y)))).sum(1), kl.sum(1)
    return {"loss": float((error + kl).mean()), "reconstruction_loss": float(error.mean()), "kl_loss": float(kl.mean())}


def keras_files(out: pathlib.Path, sizes: Sizes, images: np.ndarray) -> dict[str, dict]:
    """Saves Keras's models in every form that Keras has."""
    import h5py
    from keras_setup import VERSIONS, keras

    layers, ops = keras.layers, keras.ops
    x = images[..., None].astype(np.float32) / np.float32(255)

    @keras.saving.register_keras_serializable()
    class Sampling(layers.Layer):
        """The documentation's layer, with its own generator."""

        def __init__(self, **options):
            super().__init__(**options)
            self.seed_generator = keras.random.SeedGenerator(1337)

        def call(self, inputs):
            mean, log_variance = inputs
            noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
            return mean + ops.exp(0.5 * log_variance) * noise

    @keras.saving.register_keras_serializable()
    class VAE(keras.Model):
        """The documentation's model with a squared error, which is enough to move every weight."""

        def __init__(self, encoder, decoder, **options):
            super().__init__(**options)
            self.encoder, self.decoder = encoder, decoder

        def call(self, inputs):
            mean, log_variance, z = self.encoder(inputs)
            # So little that the code does not collapse.
            self.add_loss(-0.0005 * ops.mean(1 + log_variance - ops.square(mean) - ops.exp(log_variance)))
            return self.decoder(z)

        def get_config(self):
            return {"encoder": keras.saving.serialize_keras_object(self.encoder),
                    "decoder": keras.saving.serialize_keras_object(self.decoder)}

        @classmethod
        def from_config(cls, config):
            return cls(**{key: keras.saving.deserialize_keras_object(value) for key, value in config.items()})

    def encoder_of(h, image, names=("z_mean", "z_log_var")):
        mean = layers.Dense(LATENT, name=names[0])(h)
        log_variance = layers.Dense(LATENT, name=names[1])(h)
        return keras.Model(image, [mean, log_variance, Sampling()([mean, log_variance])], name="encoder")

    def example(norms: bool = False, last: str | None = None, names=("z_mean", "z_log_var")):
        """The documentation's example; with `norms` a batch norm before each activation."""
        a, b, c = sizes.example
        quarter = sizes.side // 4

        def block(layer, h):
            if not norms:
                return layers.Activation("relu")(layer(h))
            return layers.Activation("relu")(layers.BatchNormalization()(layer(h)))

        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(3)
        image = keras.Input((sizes.side, sizes.side, 1))
        h = block(layers.Conv2D(a, 3, strides=2, padding="same"), image)
        h = block(layers.Conv2D(b, 3, strides=2, padding="same"), h)
        h = block(layers.Dense(c), layers.Flatten()(h))
        encoder = encoder_of(h, image, names)
        z = keras.Input((LATENT,))
        h = layers.Activation("relu")(layers.Dense(quarter * quarter * b)(z))
        h = layers.Reshape((quarter, quarter, b))(h)
        h = block(layers.Conv2DTranspose(b, 3, strides=2, padding="same"), h)
        h = block(layers.Conv2DTranspose(a, 3, strides=2, padding="same"), h)
        decoder = keras.Model(z, layers.Conv2DTranspose(1, 3, padding="same", activation=last)(h), name="decoder")
        return VAE(encoder, decoder)

    def tutorial():
        """The tutorial's model as its author wrote it: a decoder within, a Lambda that samples, and names of the heads."""
        a, b, c, d = sizes.tutorial
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(4)
        image = keras.Input((sizes.side, sizes.side, 1))
        h = layers.Conv2D(a, 3 if sizes.side < 28 else 5, activation="relu")(image)
        h = layers.MaxPooling2D(2)(h)
        if sizes.side == 28:
            h = layers.MaxPooling2D(2)(layers.Conv2D(b, 3, activation="relu")(h))
            h = layers.MaxPooling2D(2)(layers.Conv2D(c, 3, activation="relu")(h))
        h = layers.Dense(d)(layers.Flatten()(h))
        mean = layers.Dense(LATENT, name="mean")(h)
        log_variance = layers.Dense(LATENT, name="log_variance")(h)
        code = layers.Lambda(
            lambda values: values[0] + ops.exp(values[1] / 2) * keras.random.normal(ops.shape(values[0]), seed=7),
            output_shape=(LATENT,))([mean, log_variance])
        z = keras.Input((LATENT,))
        if sizes.side == 28:
            h = layers.Reshape((1, 1, 64))(layers.Dense(64)(z))
            h = layers.Conv2DTranspose(64, 3, activation="relu")(h)
            h = layers.Conv2DTranspose(64, 3, activation="relu")(h)
            h = layers.Conv2DTranspose(64, 3, activation="relu")(layers.UpSampling2D(2)(h))
            h = layers.Conv2DTranspose(1, 5, activation="relu")(layers.UpSampling2D(2)(h))
        else:
            h = layers.Reshape((1, 1, 8))(layers.Dense(8)(z))
            h = layers.Conv2DTranspose(b, 3, activation="relu")(h)
            h = layers.Conv2DTranspose(1, 3, activation="relu")(layers.UpSampling2D(2)(h))
        decoder = keras.Model(z, h)
        model = keras.Model(image, decoder(code))
        halves = keras.Model(image, [mean, log_variance, code]), decoder
        return model, halves

    def train(model):
        model(x[:1])
        model.compile(optimizer=keras.optimizers.Adam(sizes.rate), loss="mse")
        model.fit(x, x, batch_size=8, epochs=3, verbose=0, shuffle=False)
        return model

    def expected(encoder, decoder, objective):
        mean, log_variance, _ = (np.asarray(value) for value in encoder(x, training=False))
        # With a sigmoid at its end, a decoder's own logits.
        last = decoder.layers[-1]
        activation, last.activation = last.activation, keras.activations.linear if objective == "bernoulli" else last.activation
        reconstruction = np.asarray(decoder(mean, training=False))
        last.activation = activation
        return {"versions": VERSIONS, "objective": objective, **losses(x, reconstruction, mean, log_variance, objective)}

    table = {}
    model = train(example(last="sigmoid"))
    entry = expected(model.encoder, model.decoder, "bernoulli") | {"recipe": "keras-example"}
    model.save_weights(out / "keras-example.weights.h5")
    table["keras-example.weights.h5"] = entry
    if sizes.side < 28:
        model.save(out / "keras-example.keras")
        np.savez(out / "keras-example.npz", *model.get_weights())
        table["keras-example.keras"] = table["keras-example.npz"] = entry
        # Whole models of the older form, one half each: subclassed models cannot be saved so.
        model.encoder.save(out / "keras-encoder.h5")
        # Of no layer: what nobody would save.
        with h5py.File(out / "keras-flat.h5", "w") as file:
            file["kernel"] = np.zeros((2, 2), np.float32)
    model, halves = tutorial()
    train(model)
    model.save_weights(out / "tutorial.weights.h5")
    model.save(out / "tutorial.keras")
    table["tutorial.weights.h5"] = table["tutorial.keras"] = expected(*halves, "squared_error") | {"recipe": "tutorial"}
    model = train(example(norms=True))
    model.save_weights(out / "keras-norms.weights.h5")
    table["keras-norms.weights.h5"] = expected(model.encoder, model.decoder, "bernoulli") | {"recipe": "keras-example"}
    if sizes.side < 28:
        model = train(example(names=("dense_a", "dense_b")))
        model.save_weights(out / "keras-nameless.weights.h5")
        table["keras-nameless.weights.h5"] = expected(model.encoder, model.decoder, "bernoulli") | {"recipe": "keras-example"}
    return table


def torch_files(out: pathlib.Path, sizes: Sizes, images: np.ndarray) -> dict[str, dict]:
    """Saves PyTorch's models as state dicts of `torch.save` and safetensors."""
    import safetensors.torch
    import torch
    from torch import nn
    from torch.nn import functional

    x = torch.tensor(images[:, None].astype(np.float32) / np.float32(255))
    a, b, c = sizes.example
    quarter = sizes.side // 4

    class Same(nn.Module):
        """Keras's "same" padding of a stride of 2, which PyTorch has no setting for."""

        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, h):
            if isinstance(self.inner, nn.Conv2d):
                return self.inner(functional.pad(h, (0, 1, 0, 1)))
            return self.inner(h)[:, :, :-1, :-1]

    class Twin(nn.Module):
        """The Keras documentation's example in PyTorch, its flat values channel by channel."""

        def __init__(self, norms: bool, head_names: tuple[str, str]):
            super().__init__()

            def norm(channels, kind=nn.BatchNorm2d):
                return [kind(channels)] if norms else []

            bias = not norms
            self.encoder = nn.Sequential(
                Same(nn.Conv2d(1, a, 3, 2, bias=bias)), *norm(a), nn.ReLU(),
                Same(nn.Conv2d(a, b, 3, 2, bias=bias)), *norm(b), nn.ReLU(),
                nn.Flatten(), nn.Linear(quarter * quarter * b, c), *norm(c, nn.BatchNorm1d), nn.ReLU())
            self.heads = head_names
            for name in head_names:
                setattr(self, name, nn.Linear(c, LATENT))
            self.decoder = nn.Sequential(
                nn.Linear(LATENT, quarter * quarter * b), nn.ReLU(), nn.Unflatten(1, (b, quarter, quarter)),
                Same(nn.ConvTranspose2d(b, b, 3, 2)), *norm(b), nn.ReLU(),
                Same(nn.ConvTranspose2d(b, a, 3, 2)), *norm(a), nn.ReLU(),
                nn.ConvTranspose2d(a, 1, 3, padding=1))

        def forward(self, images):
            h = self.encoder(images)
            mean, log_variance = (getattr(self, name)(h) for name in self.heads)
            return self.decoder(mean), mean, log_variance

    def train(norms=False, heads=("fc_mu", "fc_logvar")):
        torch.manual_seed(6)
        model = Twin(norms, heads)
        adam = torch.optim.Adam(model.parameters(), sizes.rate)
        for _ in range(6):
            logits, mean, log_variance = model(x)
            loss = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
            loss = loss - 0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
        return model.eval(), adam

    def expected(model):
        with torch.no_grad():
            values = [value.numpy() for value in model(x)]
        return {"versions": {"torch": torch.__version__}, "objective": "bernoulli", "recipe": "keras-example",
                **losses(x.numpy(), *values, "bernoulli")}

    table = {}
    model, adam = train()
    state = model.state_dict()
    torch.save(state, out / "torch.pt")
    table["torch.pt"] = entry = expected(model)
    safetensors.torch.save_file(state, out / "torch.safetensors")
    table["torch.safetensors"] = entry
    norms, _ = train(norms=True)
    torch.save(norms.state_dict(), out / "torch-norms.pt")
    table["torch-norms.pt"] = expected(norms)
    if sizes.side < 28:
        # As training scripts save a state dict beside other things; and as PyTorch's own example names its heads.
        torch.save({"epoch": 6, "model": state, "optimizer": adam.state_dict()}, out / "torch-checkpoint.pt")
        table["torch-checkpoint.pt"] = entry
        nameless, _ = train(heads=("fc21", "fc22"))
        torch.save(nameless.state_dict(), out / "torch-nameless.pt")
        table["torch-nameless.pt"] = expected(nameless)
        half = {name: value.to(torch.bfloat16) if value.is_floating_point() else value for name, value in state.items()}
        rounded = Twin(False, ("fc_mu", "fc_logvar"))
        rounded.load_state_dict({name: value.float() for name, value in half.items()})
        torch.save(half, out / "torch-bfloat16.pt")
        table["torch-bfloat16.pt"] = expected(rounded.eval())
        torch.save(model.encoder[0].inner, out / "torch-module.pt")
    return table


def main() -> None:
    """Writes the files of one framework, and their losses into `losses-FRAMEWORK.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--framework", choices=["keras", "torch"], required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--images", type=pathlib.Path, help="an IDX file; small made-up images if left out")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    images = read_idx(arguments.images)[:256] if arguments.images else make_images(24, 8)
    if not arguments.images:
        for part in ("train", "t10k"):
            write_idx(arguments.out / f"{part}-images-idx3-ubyte", images)
    make = keras_files if arguments.framework == "keras" else torch_files
    table = make(arguments.out, Sizes(full=arguments.images is not None), images)
    if not arguments.images:
        # Keras's files are mostly zeros between tables.
        for path in list(arguments.out.glob("keras-*.*")) + list(arguments.out.glob("tutorial.*")):
            if path.suffix in (".h5", ".keras"):
                pathlib.Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
                path.unlink()
    text = json.dumps(table, indent=1, sort_keys=True) + "\n"
    (arguments.out / f"losses-{arguments.framework}.json").write_text(text)
    for name, entry in table.items():
        print(f"{name}: loss {entry['loss']:.7f} ({json.dumps(entry['versions'])}, Python {sys.version.split()[0]})")


if __name__ == "__main__":
    main()
