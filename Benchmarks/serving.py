"""Decode requests a second of `vae serve` beside the same decoder in ONNX Runtime behind FastAPI, in turn.

    python3 Benchmarks/serving.py runs/demo --rounds 5 --markdown Documentation/benchmarks.md

Both answer the same JSON with the same numbers, which is checked first. wrk asks them over loopback, by one thread; it
takes its share of the same cores. What counts is the ratio within a round; the table gives the median of those.
"""

import argparse
import contextlib
import datetime
import json
import pathlib
import shlex
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import machine
from measured_run import Failure, run
from sections import REPOSITORY, publish

QUESTION = {"z": [[0.31, -0.72], [1.5, 0.2]]}


def decoded(port: int) -> list[list[float]]:
    """The images that the server on the port makes of two codes."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/decode", json.dumps(QUESTION).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)["images"]


@contextlib.contextmanager
def server(command: list[str], port: int) -> Iterator[None]:
    """A server that runs until the block ends."""
    child = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                decoded(port)
                break
            if child.poll() is not None:
                raise Failure(f"{shlex.join(command)}: exit status {child.returncode}")
            time.sleep(0.1)
        else:
            raise Failure(f"{shlex.join(command)}: no answer within 30 s")
        yield
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def measured(port: int, connections: int, seconds: float) -> dict[str, float]:
    """What wrk says of one server."""
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", "Benchmarks/decode.lua"]
    output = run([*words, f"http://127.0.0.1:{port}"], REPOSITORY, seconds + 30).output
    result = json.loads(output.strip().splitlines()[-1])
    if result["failures"]:
        raise Failure(f"port {port}: {result['failures']} requests failed")
    return result


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="a run of the tutorial's model")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement (default: %(default)s)")
    parser.add_argument("--connections", default="1,16,256")
    parser.add_argument("--workers", type=int, default=2, help="the peer's, one a core (default: %(default)s)")
    parser.add_argument("--program", default=".build/release/vae-explore")
    parser.add_argument("--python", default=".venv-serve/bin/python", help="the peer's (default: %(default)s)")
    parser.add_argument("--markdown", type=pathlib.Path, help="file that receives the table")
    return parser.parse_args()


def table(arguments: argparse.Namespace, results: dict[int, list[tuple[dict, dict]]]) -> str:
    """The section, in Markdown."""
    lines = [
        "| connections | `vae serve`: requests/s | p50, p99 ms | ONNX Runtime, FastAPI: requests/s | p50, p99 ms "
        "| `vae` is better by, median | range over rounds |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for connections, pairs in results.items():
        cells = []
        for side in (0, 1):
            one = {key: statistics.median(pair[side][key] for pair in pairs) for key in pairs[0][side]}
            cells += [f"{one['requests_per_second']:,.0f}", f"{one['p50_ms']:.2f}, {one['p99_ms']:.2f}"]
        ratios = [ours["requests_per_second"] / peer["requests_per_second"] for ours, peer in pairs]
        cells += [f"**{statistics.median(ratios):.2f}×**", f"{min(ratios):.2f}–{max(ratios):.2f}×"]
        lines.append(f"| {connections} | " + " | ".join(cells) + " |")
    lines += ["", "One code a request, 784 pixels an answer, as JSON over loopback; wrk with one thread on the same cores;"]
    lines += [f"the peer has {arguments.workers} workers; {arguments.rounds} rounds of {arguments.seconds:g} s each."]
    lines += ["", f"- date: {datetime.date.today().isoformat()}"]
    lines += machine.lines()
    return "\n".join(lines)


def main() -> None:
    """Measures in turn, then prints and writes the table."""
    arguments = parse_arguments()
    checkpoint = f"{arguments.folder}/checkpoints/last.safetensors"
    ours, peer = 8301, 8302
    results: dict[int, list[tuple[dict, dict]]] = {int(n): [] for n in arguments.connections.split(",")}
    our_command = [arguments.program, "serve", arguments.folder, "--port", str(ours), "--log-level", "error"]
    peer_command = [arguments.python, "Benchmarks/peers/onnx_serve.py", checkpoint, "--port", str(peer)]
    try:
        with server(our_command, ours), server([*peer_command, "--workers", str(arguments.workers)], peer):
            difference = max(abs(a - b) for x, y in zip(decoded(ours), decoded(peer)) for a, b in zip(x, y, strict=True))
            if difference > 1e-4:
                raise Failure(f"the two decoders differ by {difference:g}")
            for number in range(arguments.rounds):
                for connections, pairs in results.items():
                    # Every other round runs backwards, so that neither always follows the other.
                    order = (ours, peer) if number % 2 == 0 else (peer, ours)
                    one = {port: measured(port, connections, arguments.seconds) for port in order}
                    pairs.append((one[ours], one[peer]))
                    rates = [f"{one[port]['requests_per_second']:,.0f}" for port in (ours, peer)]
                    print(f"round {number + 1}, {connections} connections: {' and '.join(rates)} requests/s",
                          file=sys.stderr, flush=True)
    except Failure as failure:
        sys.exit(f"serving.py: {failure}")
    section = table(arguments, results)
    publish(section, arguments.markdown, "serving")


if __name__ == "__main__":
    main()
