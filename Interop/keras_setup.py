"""Keras on TensorFlow, made repeatable. Import this before keras or tensorflow."""

import os

# A preset for another processor would silently change what is measured and rounded.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

# Sums are added in one order, whatever the number of cores.
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
tf.config.experimental.enable_op_determinism()

VERSIONS: dict[str, str] = {"keras": keras.__version__, "tensorflow": tf.__version__}
