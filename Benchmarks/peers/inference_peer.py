"""What the peers of inference share: the command line, the measurement, and the line of JSON that they end with."""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np


def argument_parser(description: str) -> argparse.ArgumentParser:
    """The options that all of them take."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--batch-size", type=int, default=64, help="images, or codes, of one call")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each measurement")
    return parser


def _rate(body: Callable[[], object], images: int, seconds: float) -> float:
    """Images a second, after ten calls that do not count."""
    for _ in range(10):
        body()
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        body()
        done += images
    return done / (time.perf_counter() - start)


def _latencies(body: Callable[[], object], seconds: float) -> list[float]:
    """Microseconds of each call."""
    latencies, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds:
        before = time.perf_counter()
        body()
        latencies.append((time.perf_counter() - before) * 1e6)
    return latencies


def measure(
    arguments: argparse.Namespace,
    encode: Callable[[np.ndarray], object],
    decode: Callable[[np.ndarray], object],
    decode_one: list[Callable[[np.ndarray], object]],
    **more: str,
) -> None:
    """Times the calls and prints one JSON object on one line; of `decode_one`, one and all threads, the faster counts."""
    random = np.random.default_rng(0)
    images = random.random((arguments.batch_size, 28, 28, 1), dtype=np.float32)
    codes = random.standard_normal((arguments.batch_size, 2)).astype(np.float32)
    result = {
        "encode_images_per_second": _rate(lambda: encode(images), len(images), arguments.seconds),
        "decode_images_per_second": _rate(lambda: decode(codes), len(codes), arguments.seconds),
    }
    latencies = min((_latencies(lambda: way(codes[:1]), arguments.seconds) for way in decode_one), key=statistics.median)
    result["decode_latency_us"] = statistics.median(latencies[10:])
    result["decode_latency_p99_us"] = statistics.quantiles(latencies[10:], n=100)[98]
    print(json.dumps(result | {"batch_size": arguments.batch_size, "threads": arguments.threads} | more))
