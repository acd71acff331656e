"""Images per second of training epochs of the tutorial's VAE in Keras, on its own stack: TensorFlow, float32."""

import os
import time

from peer import argument_parser, report, training_images

parser = argument_parser(__doc__.splitlines()[0])
parser.add_argument("--jit-compile", action="store_true", help="compile the step with XLA")
parser.add_argument("--epochs", type=int, default=1)
arguments = parser.parse_args()

os.environ["KERAS_BACKEND"], os.environ["CUDA_VISIBLE_DEVICES"] = "tensorflow", ""
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers, ops  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)


class Sample(layers.Layer):
    """z from mean and log-variance; adds the KL divergence as the tutorial weighs it."""

    def __init__(self) -> None:
        super().__init__()
        self.seed = keras.random.SeedGenerator(0)

    def call(self, parts):
        """z = mean + exp(log_variance / 2) · ε."""
        mean, log_variance = parts
        self.add_loss(-0.5 * ops.mean(1 + log_variance - mean * mean - ops.exp(log_variance)))
        noise = keras.random.normal(ops.shape(mean), seed=self.seed, dtype=mean.dtype)
        return mean + ops.exp(0.5 * log_variance) * noise


def model() -> keras.Model:
    """The tutorial's encoder, sampling and decoder."""
    image = layers.Input((28, 28, 1))
    h = image
    for channels, kernel in ((64, 5), (64, 3), (32, 3)):
        h = layers.MaxPooling2D()(layers.Conv2D(channels, kernel, activation="relu")(h))
    h = layers.Dense(16)(layers.Flatten()(h))
    z = Sample()([layers.Dense(2)(h), layers.Dense(2)(h)])
    h = layers.Reshape((1, 1, 64))(layers.Dense(64)(z))
    h = layers.Conv2DTranspose(64, 3, activation="relu")(h)
    h = layers.UpSampling2D()(layers.Conv2DTranspose(64, 3, activation="relu")(h))
    h = layers.UpSampling2D()(layers.Conv2DTranspose(64, 3, activation="relu")(h))
    return keras.Model(image, layers.Conv2DTranspose(1, 5, activation="relu")(h))


keras.utils.set_random_seed(0)
images = training_images(arguments.data, arguments.images)
network = model()
if network.count_params() != 170_229:
    raise SystemExit(f"the tutorial's model has 170,229 parameters, this one {network.count_params()}")
network.compile(
    keras.optimizers.Adam(learning_rate=0.001, epsilon=1e-7),
    loss=lambda target, output: 784 * ops.mean(ops.square(target - output)),
    jit_compile=arguments.jit_compile,
)
warm_up = images[: arguments.batch_size * 10]
network.fit(warm_up, warm_up, batch_size=arguments.batch_size, verbose=0)
start = time.perf_counter()
history = network.fit(images, images, batch_size=arguments.batch_size, epochs=arguments.epochs, verbose=0)
report(
    arguments,
    len(images) * arguments.epochs,
    time.perf_counter() - start,
    loss=round(history.history["loss"][-1], 3),
    keras=keras.__version__,
    tensorflow=tf.__version__,
)
