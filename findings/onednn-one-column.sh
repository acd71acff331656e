#!/bin/sh
# TensorFlow 2.21.0 and PyTorch 2.15.0, by oneDNN on AVX-512: a convolution of one channel whose output is one column
# wide is nonsense where the stride across is above 1.
#
# Expected: images [5, 9, 6, 1], kernel [1, 5, 1, 2], strides (1, 3), padding "VALID": an output [5, 9, 1, 2], each value
#   the sum of five products. oneDNN with AVX2 gives it, and so do both frameworks with oneDNN off.
# Seen:     on AVX-512 most rows hold other rows' values or zeros; no word,
#   no NaN. One input channel, channels last, two images of four rows or more, output one column wide, stride across 2 to
#   8, down 1: most kernels of two columns and more that were tried. Two columns, two channels or one image: right.
#   oneDNN's own log names brg_conv_fwd:avx512_core (3.13.3 in PyTorch).
# Version:  tensorflow-cpu 2.21.0; PyTorch 2.15.0 the same for images that are channels last, as a permuted NHWC array
#   is: with one channel `.contiguous()` leaves it so, and only `.clone(memory_format=torch.contiguous_format)` helps.
# Why it matters: narrow images of one channel, such as spectra and time series as pictures, train on nonsense on one
#   machine and not on another; a model that was exported and is right looks wrong there.
# Instead:  our own kernels are held to plain loops in Float64 on each instruction set; the exported models that
#   Interop/check_exports.py compares have two channels a group. ONEDNN_MAX_CPU_ISA=AVX2 helps whom it hits.
#
# Installs tensorflow-cpu into a temporary folder; PYTHON names an interpreter that has it, or PyTorch.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
if ! grep -q avx512bw /proc/cpuinfo; then
    echo "this processor has no AVX-512, on which it happens"
    exit 0
fi
python=${PYTHON:-$folder/venv/bin/python}
if [ -z "${PYTHON:-}" ]; then
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet tensorflow-cpu==2.21.0
fi

cat >"$folder/one_column.py" <<'PYTHON'
import importlib.util

import numpy as np

random = np.random.default_rng(0)
if importlib.util.find_spec("tensorflow"):
    import tensorflow as tf

    name, version = "tensorflow", tf.__version__

    def convolve(x, kernel):
        return tf.nn.conv2d(x, kernel, [1, 1, 3, 1], "VALID").numpy()

else:
    import torch

    name, version = "torch", torch.__version__.split("+")[0]

    def convolve(x, kernel):
        x, kernel = torch.from_numpy(x).permute(0, 3, 1, 2), torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
        return torch.nn.functional.conv2d(x, kernel, stride=(1, 3)).permute(0, 2, 3, 1).numpy()


print(name, version)
for images, width, channels in ((5, 6, 1), (5, 9, 1), (5, 6, 2), (1, 6, 1)):
    x = random.random((images, 9, width, channels), np.float32)
    kernel = random.random((1, 5, channels, 2), np.float32)
    columns = range(0, width - 4, 3)
    exact = np.stack([np.einsum("nhwc,wco->nho", x[:, :, c : c + 5].astype(float), kernel[0]) for c in columns], 2)
    error = np.abs(convolve(x, kernel) - exact).max() / exact.max()
    print(f"{images} images, {channels} channels, {len(columns)} columns: {'right' if error < 1e-5 else 'wrong'}")
PYTHON

export CUDA_VISIBLE_DEVICES= TF_CPP_MIN_LOG_LEVEL=3
for instructions in AVX512_CORE AVX2; do
    echo "ONEDNN_MAX_CPU_ISA=$instructions"
    ONEDNN_MAX_CPU_ISA=$instructions "$python" "$folder/one_column.py" 2>"$folder/log" || {
        cat "$folder/log" >&2
        exit 1
    }
done >"$folder/seen"
cat "$folder/seen"
cat >"$folder/expected" <<'EXPECTED'
ONEDNN_MAX_CPU_ISA=AVX512_CORE
5 images, 1 channels, 1 columns: wrong
5 images, 1 channels, 2 columns: right
5 images, 2 channels, 1 columns: right
1 images, 1 channels, 1 columns: right
ONEDNN_MAX_CPU_ISA=AVX2
5 images, 1 channels, 1 columns: right
5 images, 1 channels, 2 columns: right
5 images, 2 channels, 1 columns: right
1 images, 1 channels, 1 columns: right
EXPECTED
grep -v "^tensorflow \|^torch " "$folder/seen" | cmp -s - "$folder/expected" || {
    echo "the behaviour has changed" >&2
    exit 1
}
echo "as described: one channel, one column, a stride across: wrong on AVX-512, right on AVX2"
