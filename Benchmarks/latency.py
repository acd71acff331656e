"""How soon the explorer's page shows what a hand does: probe dragged to picture drawn, and frames while the map moves.

    PYTHONPATH=Tests/Browser .venv-browser/bin/python Benchmarks/latency.py runs/demo --markdown Documentation/benchmarks.md

A headless Chromium without a graphics card, which draws by the same cores that decode: worse than a desktop. The page
itself reports the time from the input event to the draw call of the picture that it asked the server for.
"""

import argparse
import math
import pathlib
import statistics
import time

import machine
from browser import Explorer, chromium
from sections import commit, publish

RECORD = """
window.taken = {pictures: [], frames: []};
new PerformanceObserver(list => taken.pictures.push(...list.getEntries()
    .filter(entry => entry.name === "vae:picture").map(entry => [entry.startTime, entry.duration])))
    .observe({entryTypes: ["measure"]});
const frame = now => { taken.frames.push(now); requestAnimationFrame(frame); };
requestAnimationFrame(frame);
"""


def mouse(driver, kind: str, left: float, top: float) -> None:
    """One input event, as from a mouse."""
    button = {"button": "left", "buttons": 1, "clickCount": 1}
    driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "x": left, "y": top, **button})


def drag(driver, selector: str, seconds: float, radius: float) -> dict:
    """Drags an element along circles, an event every 1/60 s, and returns what the page recorded."""
    box = driver.execute_script(
        "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [box.x + box.width / 2, box.y + box.height / 2]", selector)
    driver.execute_script("taken.pictures = []; taken.frames = []")
    mouse(driver, "mousePressed", *box)
    begun = time.perf_counter()
    events = 0
    while (now := time.perf_counter() - begun) < seconds:
        angle = 2 * now
        mouse(driver, "mouseMoved", box[0] + radius * math.sin(angle), box[1] + radius * (1 - math.cos(angle)))
        events += 1
        time.sleep(max(0.0, events / 60 - (time.perf_counter() - begun)))
    mouse(driver, "mouseReleased", *box)
    return driver.execute_script("return taken")


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile."""
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


def dragged(taken: dict) -> dict[str, float]:
    """What the drags of the probe were like."""
    times = [duration for _, duration in taken["pictures"]]
    # A picture is painted with the first frame that begins after its draw call.
    frames = [1 + sum(start < frame <= start + duration for frame in taken["frames"]) for start, duration in taken["pictures"]]
    return {
        "p50": percentile(times, 0.5), "p95": percentile(times, 0.95),
        "within two frames": 100 * sum(count <= 2 for count in frames) / len(frames),
    }


def panned(taken: dict) -> dict[str, float]:
    """What the pans of the map were like."""
    gaps = [after - before for before, after in zip(taken["frames"], taken["frames"][1:])]
    return {"p95": percentile(gaps, 0.95),
            "a second": 1000 * len(gaps) / (taken["frames"][-1] - taken["frames"][0])}


def main() -> None:
    """Measures, then prints and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="a run, its test images on the map")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6, help="of each drag (default: %(default)s)")
    parser.add_argument("--markdown", type=pathlib.Path)
    arguments = parser.parse_args()
    drags, pans = [], []
    explorer, driver = Explorer(arguments.folder), chromium()
    try:
        for _ in range(arguments.rounds):
            driver.get("about:blank")
            driver.get(f"{explorer.url}/#view=map")
            time.sleep(3)
            driver.execute_script(RECORD)
            drags.append(dragged(drag(driver, ".probe", arguments.seconds, 150)))
            pans.append(panned(drag(driver, ".map-ground", arguments.seconds, 150)))
    finally:
        driver.quit()
        explorer.stop()

    def row(title: str, rounds: list[dict], key: str, unit: str, wanted: str) -> str:
        values = [one[key] for one in rounds]
        return f"| {title} | {statistics.median(values):.1f}{unit} | {min(values):.1f}–{max(values):.1f} | {wanted} |"

    section = "\n".join([
        "| in the page | median of the rounds | range | wanted |", "|---|---:|---:|---:|",
        row("probe dragged: input event to the picture's draw call, p50", drags, "p50", " ms", ""),
        row("… p95", drags, "p95", " ms", "16"),
        row("… painted within two frames", drags, "within two frames", " %", "100"),
        row("map panned: frames a second", pans, "a second", "", "60"),
        row("… time between frames, p95", pans, "p95", " ms", "17"), "",
        f"Rounds: {arguments.rounds} of {arguments.seconds:g} s a drag, 60 input events a second; 10,000 points; headless "
        f"Chromium that draws without a graphics card; commit {commit()}.", "",
        *machine.lines(),
    ])
    publish(section, arguments.markdown, "in the page")


if __name__ == "__main__":
    main()
