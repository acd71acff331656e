"""Describes the machine that a measurement was made on, from what Linux or macOS says about itself."""

import os
import pathlib
import platform
import re
import subprocess

INTERESTING_FEATURES = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd")


def _system_control(key: str) -> str:
    """One value of macOS's sysctl, or nothing."""
    try:
        return subprocess.run(["sysctl", "-n", key], capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _processor_fields() -> dict[str, str]:
    """The first processor's fields of /proc/cpuinfo; empty elsewhere than on Linux."""
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return {}
    return {key: value for key, value in re.findall(r"^(.+?)\s*:\s*(.*)$", text.split("\n\n")[0], re.MULTILINE)}


def _caches() -> str:
    """The first core's caches, e.g. `L1d 32K, L2 512K, L3 32768K`."""
    found: dict[str, str] = {}
    for folder in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind, level, size = ((folder / name).read_text().strip() for name in ("type", "level", "size"))
        if kind != "Instruction":
            found[f"L{level}" + ("d" if kind == "Data" else "")] = size
    return ", ".join(f"{name} {size}" for name, size in found.items())


def multiplies_bf16() -> bool:
    """Whether the processor has instructions for it; without them a framework's bf16 is slower than its float32."""
    flags = set(_processor_fields().get("flags", "").split())
    return bool(flags & {"avx512_bf16", "amx_bf16"})


def lines() -> list[str]:
    """The description as lines of Markdown."""
    return [f"- {key}: {value}" for key, value in description().items()]


def description() -> dict[str, str]:
    """Processor, cores, features, caches, memory and system, each in words."""
    fields = _processor_fields()
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    words = {
        "processor": fields.get("model name") or _system_control("machdep.cpu.brand_string") or platform.processor(),
        "cores": str(cores),
        "features": " ".join(feature for feature in INTERESTING_FEATURES if feature in flags),
        "caches of a core": _caches(),
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
    }
    if fields.get("cpu family"):
        words["processor"] += f" (family {fields['cpu family']}, model {fields.get('model', '?')})"
    return {key: value for key, value in words.items() if value}
