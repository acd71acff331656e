"""Runs a program under a time limit and says what it cost, and how much other work disturbed it."""

import dataclasses
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time

# A preset for another processor would slow the peers down.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
# The system books processor time in ticks, and late: a shorter run's disturbance is spread over this many seconds.
SHORTEST_JUDGED = 3.0


class Failure(Exception):
    """A program could not be measured; the text says why."""


@dataclasses.dataclass(frozen=True)
class Run:
    """What one run printed, how long it took, its peak memory, and the cores that other processes kept busy."""

    output: str
    seconds: float
    peak_mebibytes: float
    foreign_cores: float | None  # None where the system does not tell


def _busy_seconds() -> float | None:
    """Processor seconds used by everything on the machine since it started, other virtual machines' share included."""
    try:
        fields = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    except OSError:
        return None
    user, nice, system, _idle, _wait, interrupts, soft_interrupts, stolen = map(int, fields[:8])
    return (user + nice + system + interrupts + soft_interrupts + stolen) / os.sysconf("SC_CLK_TCK")


def run(words: list[str], folder: pathlib.Path, time_limit: float) -> Run:
    """Runs a command in its own process group; raises `Failure` unless it ends well and in time."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        busy, start = _busy_seconds(), time.monotonic()
        try:
            child = subprocess.Popen(
                words, stdout=output, stderr=errors, env=environment, cwd=folder, start_new_session=True
            )
        except OSError as error:
            raise Failure(f"{words[0]}: {error.strerror}") from error
        try:
            # wait4 tells this child's own memory and time; Popen.wait would not.
            finished, status, usage = os.wait4(child.pid, os.WNOHANG)
            while not finished:
                if time.monotonic() > start + time_limit:
                    raise Failure(f"{shlex.join(words)}: no end within {time_limit:g} s")
                time.sleep(0.05)
                finished, status, usage = os.wait4(child.pid, os.WNOHANG)
            child.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if child.returncode is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        elapsed, busy_after = time.monotonic() - start, _busy_seconds()
        if child.returncode:
            errors.seek(0)
            tail = "".join(errors.readlines()[-5:])
            raise Failure(f"{shlex.join(words)}: exit status {child.returncode}\n{tail}")
        output.seek(0)
        unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes on macOS, KiB on Linux
        foreign = None
        if busy is not None and busy_after is not None:
            foreign = max(0.0, busy_after - busy - usage.ru_utime - usage.ru_stime) / max(elapsed, SHORTEST_JUDGED)
        return Run(output.read(), elapsed, usage.ru_maxrss * unit / 2**20, foreign)
