"""On which machine do the benchmarks run, with which packages, and is it quiet?"""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

BUSY = 0.5  # load before the run, above which wall times are not to be trusted
BUSY_NOTE = "The machine was busy with other work: wall times are too high, ratios and times on the CPU hold better."


def load() -> float:
    """The load of the last minute."""
    return os.getloadavg()[0]


def versions(*packages: str) -> dict[str, str]:
    """Those of the packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str]:
    """What the figures depend on; no name of a host, no path."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.system()
    return {
        "processor": processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.0f} GiB",
        "system": f"{system}, {platform.system()} {platform.release()}, {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    named = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    family = f"family {named.get('cpu family', '?')}, model {named.get('model', '?')}, {named.get('cpu MHz', '?')} MHz"
    return f"{named.get('model name', platform.processor())} ({family})"
