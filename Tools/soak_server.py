"""Mixed traffic on `vae-explore serve` for a long time: memory and file descriptors must stay flat.

    python3 Tools/soak_server.py runs/demo --seconds 3600
"""

import argparse
import http.client
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import threading
import time

REQUESTS = [
    ("GET", "/api/runs", None), ("GET", "/healthz", None), ("GET", "/metrics", None),
    ("POST", "/api/decode", {"z": [[0.3, -0.7]]}), ("POST", "/api/sample", {"count": 16, "seed": 1}),
    ("POST", "/api/interpolate", {"from": [0, 0], "to": [1, 1]}), ("POST", "/api/grid", {"side": 10}),
    ("POST", "/api/activations", {"z": [0.1, 0.2]}), ("POST", "/api/encode", {"images": [[0.5] * 784]}),
    ("POST", "/api/score", {"images": [[0.5] * 784]}), ("POST", "/api/neighbors", {"z": [0, 0], "split": "test"}),
    ("POST", "/api/decode", {"z": [[1]]}), ("GET", "/nothing", None), ("GET", "/api/runs/%2e%2e", None),
]
EXPECTED = {200, 400, 404}


def ask(port: int, stop: threading.Event, counts: dict[int, int], words: dict[str, int], seed: int) -> None:
    """Asks until the end, over connections of a hundred requests each."""
    chance = random.Random(seed)
    while not stop.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for _ in range(100):
            method, path, body = chance.choice(REQUESTS)
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            body = answer.read()
            if answer.status not in EXPECTED:
                fault = f"{answer.status} to {path}: {body[:200].decode(errors='replace')}"
                words[fault] = words.get(fault, 0) + 1
            counts[answer.status] = counts.get(answer.status, 0) + 1
            if stop.is_set():
                break
        connection.close()


def come_and_go(port: int, stop: threading.Event) -> None:
    """Clients that leave in the middle: of nothing, of a head, of a body, of an event stream."""
    starts = [
        b"", b"GET / HT", b"POST /api/decode HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{",
        b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /api/grid HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n{\"side\":64}",
    ]
    while not stop.is_set():
        for start in starts:
            with socket.create_connection(("127.0.0.1", port), 10) as client:
                client.sendall(start)
                time.sleep(0.02)


def figures(process: int) -> tuple[float, int]:
    """Resident MiB and open file descriptors."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return kilobytes / 1024, len(os.listdir(f"/proc/{process}/fd"))


def main() -> None:
    """Runs the traffic, prints the figures, and fails where they grow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--program", default=".build/release/vae-explore")
    arguments = parser.parse_args()
    command = [arguments.program, "serve", arguments.folder, "--port", "0", "--json", "--log-level", "error"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    port = json.loads(server.stdout.readline())["port"]
    stop, counts, words = threading.Event(), {}, {}
    threads = [threading.Thread(target=ask, args=(port, stop, counts, words, seed), daemon=True) for seed in range(4)]
    threads.append(threading.Thread(target=come_and_go, args=(port, stop), daemon=True))
    for thread in threads:
        thread.start()
    samples, end = [], time.monotonic() + arguments.seconds
    while time.monotonic() < end and server.poll() is None and all(thread.is_alive() for thread in threads):
        time.sleep(min(arguments.seconds / 20, 60))
        samples.append(figures(server.pid))
        print(f"{samples[-1][0]:.1f} MiB, {samples[-1][1]} descriptors, {sum(counts.values()):,} answers", flush=True)
    alive = server.poll() is None and all(thread.is_alive() for thread in threads)
    stop.set()
    for thread in threads:
        thread.join(60)
    server.terminate()
    status = server.wait(30)
    # The first quarter warms up: models are loaded, sets encoded, caches filled.
    rest = samples[len(samples) // 4 :]
    half = len(rest) // 2
    early, late = (max(sample[0] for sample in part) for part in (rest[:half], rest[half:]))
    descriptors = max(sample[1] for sample in rest[half:]) - max(sample[1] for sample in rest[:half])
    for fault, count in words.items():
        print(f"{count} times: {fault}")
    print(f"answers by status: {dict(sorted(counts.items()))}")
    print(f"memory: at most {early:.1f} MiB in the first half, {late:.1f} in the second; descriptors: {descriptors:+d}")
    faults = [
        word
        for word, wrong in {
            "the server or a client ended early": not alive, f"exit status {status}": status != 0,
            "unexpected statuses": not set(counts) <= EXPECTED, "memory grew": late > early * 1.05 + 8,
            "descriptors grew": descriptors > 8,
        }.items()
        if wrong
    ]
    if faults:
        sys.exit("soak_server.py: " + ", ".join(faults))


if __name__ == "__main__":
    main()
