"""A trained decoder in ONNX Runtime behind FastAPI and uvicorn, as one would serve it: a worker a core, orjson.

    .venv-serve/bin/python Benchmarks/peers/onnx_serve.py runs/demo/checkpoints/last.safetensors --port 8300 --workers 2
"""

import argparse
import json
import os
import pathlib
import struct

import numpy as np
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from onnx_infer import decoder

LAYERS = ["dense", "conv2d_transpose", *(f"conv2d_transpose_{n}" for n in (1, 2, 3))]


def trained_weights(path: pathlib.Path) -> list[np.ndarray]:
    """The tutorial decoder's kernels and biases, kernels as ONNX has them: [in, out, height, width]."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    weights = []
    for name in (f"decoder/{layer}/{part}" for layer in LAYERS for part in ("kernel", "bias")):
        start, end = header[name]["data_offsets"]
        values = np.frombuffer(data[8 + length + start : 8 + length + end], "<f4").reshape(header[name]["shape"])
        weights.append(np.ascontiguousarray(values.transpose(3, 2, 0, 1) if values.ndim == 4 else values))
    return weights


app = FastAPI()
# Each worker imports this module anew; one thread a worker, since there is a worker a core.
if "CHECKPOINT" in os.environ:
    session = decoder(1, trained_weights(pathlib.Path(os.environ["CHECKPOINT"])))


@app.post("/api/decode")
async def decode(request: Request) -> Response:
    """`{"z": [[…], …]}` to `{"images": [[…], …], "shape": […]}`."""
    z = np.asarray(orjson.loads(await request.body())["z"], np.float32)
    (images,) = session.run(None, {"x": z})
    answer = {"images": images.reshape(len(z), -1), "shape": [28, 28, 1]}
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("--port", type=int, default=8300)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    os.environ["CHECKPOINT"] = str(arguments.checkpoint.resolve())
    here = str(pathlib.Path(__file__).parent)
    uvicorn.run("onnx_serve:app", app_dir=here, port=arguments.port, workers=arguments.workers, access_log=False,
                log_level="warning")
