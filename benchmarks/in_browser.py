"""How soon does the page Ask answer in a browser: the first time after a fresh load from disk, and then?

`nox -s site -- --measure` runs it, and writes benchmarks/results/site.json.
"""

from __future__ import annotations

import argparse
import http.server
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from machine import load, machine, versions
from playwright.sync_api import Browser, sync_playwright

from ketref.cli.main import main as ketref

RESULT = Path(__file__).parent / "results" / "site.json"
FIRST_S, THEN_MS = 4.0, 50.0
QUESTION = ["detect", "ketamine", "--matrix=urine", "--since=36 h"]
ASK = "async (words) => { const begun = performance.now(); await ketref.ask(words); return performance.now() - begun; }"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and tells nobody."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


def fresh(browser: Browser, address: str, then: int) -> tuple[float, list[float]]:
    """Seconds from opening the page, of which the browser has kept nothing, to its first answer; ms of those then."""
    context = browser.new_context()
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(address)
    page.evaluate(ASK, QUESTION)
    first = time.perf_counter() - begun
    found = [page.evaluate(ASK, QUESTION) for _ in range(then)]
    context.close()
    return first, found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--then", type=int, default=20)
    parser.add_argument("--result", type=Path, default=RESULT)
    said = parser.parse_args(arguments)
    before = load()
    with tempfile.TemporaryDirectory() as folder:
        ketref(["site", folder, "--pyodide", os.environ["KETREF_PYODIDE"]])
        size = sum(path.stat().st_size for part in ("pyodide", "wheels") for path in Path(folder, part).iterdir())
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            address = f"http://127.0.0.1:{server.server_port}/ask.html"
            runs = [fresh(browser, address, said.then) for _ in range(said.repeats)]
            chromium = browser.version
            browser.close()
        server.shutdown()
    firsts = [first for first, _ in runs]
    then = [one for _, several in runs for one in several]
    found: dict[str, Any] = {
        "measured": datetime.now(UTC).date().isoformat(),
        "command": "nox -s site -- --measure",
        "machine": machine(),
        "versions": {**versions("ketref"), "chromium": chromium},
        "load_before": round(before, 2),
        "engine_bytes": size,
        "first_s": {"best": round(min(firsts), 2), "median": round(statistics.median(firsts), 2), "aim": FIRST_S},
        "then_ms": {"best": round(min(then), 1), "median": round(statistics.median(then), 1), "aim": THEN_MS},
    }
    said.result.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))
    return 0 if min(firsts) <= FIRST_S and statistics.median(then) <= THEN_MS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
