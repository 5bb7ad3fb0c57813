"""Does a site answer in a browser as the shell does, and can everybody read it? `nox -s site` has what this needs.

KETREF_PYODIDE and KETREF_AXE name the unpacked npm packages pyodide and axe-core.
"""

from __future__ import annotations

import contextlib
import http.server
import io
import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import pytest

from ketref.cli.main import main

api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: nox -s site")
CHROMIUM = shutil.which("chromium")
GIVEN = {name: os.environ.get(name) for name in ("KETREF_PYODIDE", "KETREF_AXE")}
if CHROMIUM is None or not all(GIVEN.values()):
    pytest.skip("needs Chromium and two npm packages: nox -s site", allow_module_level=True)

LONG = 600_000  # milliseconds that are waited for the engine: how busy a machine is decides nothing
PAGES = ("index.html", "substances/esketamine.html", "analytes/norketamine.html", "ask.html", "guides/README.html")
SMALL = ("index.html", "substances/midazolam.html", "panels/dot-urine.html", "ask.html", "guides/concepts.html")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and tells nobody."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the shipped rules."""
    found = tmp_path_factory.mktemp("site")
    docs = Path(__file__).parents[2] / "docs"
    assert shell(["site", str(found), "--pyodide", str(GIVEN["KETREF_PYODIDE"]), "--docs", str(docs)])[0] == 0
    return found


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where it is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def asking(browser: Any, address: str) -> Iterator[Any]:
    """The page of Ask with its engine ready; what it asked the network for is `page.wanted`."""
    page = browser.new_page()
    page.wanted, page.said = [], []
    page.on("request", lambda request: page.wanted.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.goto(f"{address}ask.html")
    page.get_by_text("Ready.").wait_for(timeout=LONG)
    yield page
    page.close()


def shell(words: list[str], columns: str = "80") -> tuple[int, str, str]:
    """What the command line answers: its exit code, its output and what it says of mistakes."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = columns
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words)
    finally:
        os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
    for stream in (out, err):
        stream.flush()
    said = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
    return (code, *said)  # type: ignore[return-value]


def questions() -> list[list[str]]:
    """Two hundred questions that say when, in a zone: most as JSON, some as text, some that cannot be answered."""
    moments = ["2026-03-29T01:30", "2026-03-29 12:00", "2026-03-30", "2026-07-01T23:59:30", "29.03.2026 08:15"]
    zones = ["Europe/Berlin", "America/New_York", "+05:30", "UTC"]
    when = product(moments, zones)
    detect = product(
        ("ketamine", "cocaine", "cannabis", "mdma", "morphine"), ("urine", "hair", "blood", "saliva", None)
    )
    found: list[list[str]] = []
    for (substance, matrix), (at, zone) in islice(zip(cycle(detect), cycle(when), strict=False), 140):
        words = ["detect", substance, f"--at={at}", f"--tz={zone}", "--taken=2026-03-28T22:15"]
        found.append([*words, *([f"--matrix={matrix}"] if matrix else []), "--dates=dmy"])
    for route, (at, zone) in islice(zip(cycle(("nasal", "iv", "oral")), cycle(when), strict=False), 40):
        words = ["effects", "esketamine" if route == "nasal" else "ketamine", f"--route={route}", "--dose=84 mg"]
        found.append([*words, "--taken=2026-03-28T22:15", f"--at={at}", f"--tz={zone}", "--dates=dmy"])
    wrong = [["detect", "ketamin"], ["detect", "ketamine", "--matrix=tear"], ["effects", "ketamine"], ["detect"], []]
    found += [*wrong, ["detect", "ketamine", "--matrix=urine", "--cutoff=25", "--at=2026-03-30", "--tz=UTC"]]
    texts = [[*words, "--format=json"] for words in found]
    return [*texts[:170], *found[170:], *([["cautions", "esketamine", "driving"]] * (200 - len(found)))]


def test_the_browser_answers_as_the_shell_does_byte_for_byte(asking: Any) -> None:
    asked = questions()
    assert len(asked) == 200
    answers = asking.evaluate(
        "async (asked) => { const all = []; for (const one of asked) all.push(await ketref.ask(one)); return all; }",
        asked,
    )
    for words, answer in zip(asked, answers, strict=True):
        assert (answer["code"], answer["out"], answer["err"]) == shell(words), words
    assert {answer["code"] for answer in answers} == {0, 2}


def test_the_engine_goes_on_from_its_memory_and_begins_anew_where_there_is_none(
    asking: Any, browser: Any, address: str
) -> None:
    assert asking.said == []
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.route("**/memory.gz", lambda route: route.fulfill(body=b"not a memory"))
    page.goto(f"{address}ask.html")
    words = ["detect", "ketamine", "--matrix=urine", "--since=36 h"]
    answer = page.evaluate("(words) => ketref.ask(words)", words)
    assert (answer["code"], answer["out"], answer["err"]) == shell(words)
    assert [line for line in said if "begins anew" in line]
    page.close()


def test_nothing_but_files_of_the_site_is_asked_for(asking: Any, address: str) -> None:
    before = len(asking.wanted)
    assert [url for url in asking.wanted if not url.startswith((address, "data:"))] == []
    assert [url for url in asking.wanted if "?" in url] == []
    asking.evaluate("ketref.ask(['detect', 'ketamine', '--matrix=urine', '--since=36 h'])")
    assert asking.wanted[before:] == []


def test_the_form_asks_by_keyboard_alone_and_shows_the_command(asking: Any) -> None:
    asking.locator("#command").focus()
    asking.keyboard.press("Tab")
    asking.keyboard.type("ketamine")
    asking.keyboard.press("Tab")
    asking.keyboard.type("urine")
    asking.keyboard.press("Tab")
    asking.keyboard.type("36 h")
    asking.locator("#f-tz").fill("")
    asking.keyboard.press("Enter")
    asking.get_by_text("Answered.").wait_for(timeout=LONG)
    words = ["detect", "ketamine", "--matrix=urine", "--since=36 h"]
    answer = asking.locator("#answer")
    assert answer.text_content() == shell(words, answer.get_attribute("data-columns"))[1]
    assert asking.locator("#line").text_content() == 'ketref detect ketamine --matrix=urine "--since=36 h"'


def test_a_mistake_is_shown_as_the_shell_says_it(asking: Any) -> None:
    asking.locator("#f-substance").fill("ketamin")
    asking.get_by_role("button", name="Ask").click()
    asking.get_by_text("did you mean").wait_for(timeout=LONG)


def test_the_search_finds_names_brands_street_names_and_codes(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    for asked, found in (
        ("ketam", "ketamine"),
        ("ketalar", "ketamine"),
        ("6740-88-1", "ketamine"),
        ("norket", "norketamine"),
    ):
        page.get_by_label("Search by").fill(asked)
        assert found in page.locator("#found").inner_text()
    page.get_by_label("Search by").fill("<img src=x>")
    assert page.locator("#count").inner_text() == "0 found"
    page.get_by_label("Search by").fill("ketamine")
    page.keyboard.press("Enter")
    page.wait_for_url("**/substances/ketamine.html")
    page.close()


def test_every_guide_can_be_read_on_a_telephone(browser: Any, address: str, folder: Path) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 900})
    for file in sorted((folder / "guides").glob("*.html")):
        page.goto(f"{address}guides/{file.name}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, file.name
        assert page.evaluate("[...document.images].filter((one) => !one.naturalWidth).length") == 0, file.name
    page.close()


@pytest.mark.parametrize(("scheme", "width", "names"), [("light", 360, PAGES), ("dark", 1200, SMALL)])
def test_everybody_can_read_it(browser: Any, address: str, scheme: str, width: int, names: tuple[str, ...]) -> None:
    """axe-core has no finding, and nothing is cut off at the width of a telephone."""
    axe = (Path(str(GIVEN["KETREF_AXE"])) / "axe.min.js").read_text("utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for name in names:
        page.goto(address + name)
        page.evaluate(axe)
        found = page.evaluate("axe.run()")
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]] == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    context.close()


def test_without_a_script_all_but_ask_is_there(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("link", name="esketamine", exact=True).click()
    page.wait_for_url("**/substances/esketamine.html")
    assert page.locator("figure svg").count() >= 2
    assert page.get_by_text("restful sleep").count() > 0
    page.goto(f"{address}ask.html")
    assert page.get_by_text("needs JavaScript").count() == 1
    assert not page.locator("form").is_visible()
    context.close()


def test_a_page_is_printed_without_what_only_a_screen_needs(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.emulate_media(media="print")
    page.goto(f"{address}substances/esketamine.html")
    assert not page.locator("header nav").is_visible()
    assert page.locator("figure svg").first.is_visible()
    page.close()


def test_a_page_breaks_no_rule_of_its_own(browser: Any, address: str) -> None:
    """The policy of a page forbids what is not of the site; a browser would say so on its console."""
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for name in PAGES[:3]:
        page.goto(address + name)
    assert said == []
    page.close()


def test_opened_from_disk_a_site_is_searched_and_says_why_it_cannot_be_asked(browser: Any, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    page.get_by_label("Search by").fill("ketalar")
    page.get_by_role("link", name="ketamine", exact=True).first.click()
    page.wait_for_url("**/substances/ketamine.html")
    assert page.locator("h1").inner_text() == "ketamine"
    page.goto((folder / "ask.html").as_uri())
    assert "from a server" in page.locator("#state").inner_text()
    page.close()
