"""What does a whole `ketref` process cost, against one that merely imports what ketref leans on?

The commands are run in turn, round after round, so that whatever else the machine does hits them alike. Byte code is
kept, in a folder of its own, as in an installation; the round that writes it does not count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median, quantiles
from time import perf_counter

ROUNDS = 40
PYTHON = sys.executable
SCRIPT = str(Path(sys.executable).parent / "ketref")
BARE = "import attrs, cattrs, tomli"
DETECT = ["detect", "ketamine", "--matrix", "urine", "--since", "36 h"]
EFFECTS = ["effects", "ketamine", "--route", "intravenous", "--infusion", "40 min", "--since", "50 min"]
COMMANDS = {
    "bare import": [PYTHON, "-c", BARE],
    "bare Python": [PYTHON, "-c", "pass"],
    "import ketref": [PYTHON, "-c", "import ketref; ketref.detect"],
    "ketref detect": [SCRIPT, *DETECT],
    "python -m ketref detect": [PYTHON, "-m", "ketref", *DETECT],
    "ketref detect --format json": [SCRIPT, *DETECT, "--format", "json"],
    "ketref effects": [SCRIPT, *EFFECTS],
    "ketref --version": [SCRIPT, "--version"],
}


def measure(rounds: int = ROUNDS) -> dict[str, dict[str, list[float]]]:
    """Seconds by command: `wall`, and those of the `cpu`, which a busy machine disturbs less."""
    found: dict[str, dict[str, list[float]]] = {name: {"wall": [], "cpu": []} for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(rounds + 1):
            for name, command in COMMANDS.items():
                wall, cpu = timed(command, folder, environment)
                if number:
                    found[name]["wall"].append(wall)
                    found[name]["cpu"].append(cpu)
    return found


def timed(command: list[str], folder: str, environment: dict[str, str]) -> tuple[float, float]:
    before, begin = getrusage(RUSAGE_CHILDREN), perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=folder, env=environment)
    end, after = perf_counter(), getrusage(RUSAGE_CHILDREN)
    return end - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    measured = measure()
    bare = {clock: median(times) for clock, times in measured["bare import"].items()}
    for name, clocks in measured.items():
        low, middle, high = (1e3 * seconds for seconds in quantiles(clocks["wall"], n=4))
        cpu = 1e3 * median(clocks["cpu"])
        print(
            f"{name:28} {middle:6.1f} ms ({low:.1f} to {high:.1f}), {middle / 1e3 / bare['wall']:.2f} x bare import;"
            f" of the CPU {cpu:6.1f} ms, {cpu / 1e3 / bare['cpu']:.2f} x"
        )
