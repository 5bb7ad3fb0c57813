"""Do records as people keep them get right answers, each in the words of its own trade?

Each folder of `field_cases` is one kind of trouble: files as somebody wrote them, and a `case.toml` that tells who
keeps such records (`who`), what is odd about them (`trouble`), and what is right, as a list of checks:

    says        what this check shows
    run         the words after `ketref`; it is run in a copy of the folder
    each        optional: the check is done for each of these texts, put in place of `{}` in `run` and in `files`
    files       optional: further files, name -> content
    zone        optional: the time zone of the machine
    code        the exit code, or those allowed (0 unless said)
    json        what the JSON on standard output must hold: `at` a path (`tests.0.status`; what is not there is null)
                and `is`, `not` (a value, or a list of those allowed or excluded), `null` (true or false),
                `has`, `lacks` (a pattern in its text)
    rows        what the CSV on standard output must hold, one table a row: column -> text, or a list of texts allowed,
                or { has = pattern }; there are as many rows as are listed
    out, err    patterns to be found on standard output or error, in any case, with line breaks as spaces
    out_lacks, err_lacks    patterns not to be found

No answer of any check may hold an interval that ends before it begins, nor a traceback.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parent / "field_cases"
KEYS = {"says", "run", "each", "files", "zone", "code", "json", "rows", "out", "err", "out_lacks", "err_lacks"}
INTERVALS = [("from", "until"), ("begin", "end")]

Check = dict[str, Any]

OPEN: dict[str, str] = {}
"""The checks that are known to fail, each with what is not there yet: one that passes must leave this list."""


def checks() -> Iterator[Any]:
    """Every check of every folder; a folder without one is a check that fails."""
    folders = sorted(path for path in CASES.iterdir() if path.is_dir())
    for folder in folders:
        path = folder / "case.toml"
        case = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        listed = case.get("check", [])
        if not listed:
            yield pytest.param(folder, {}, id=f"{folder.name}-empty")
        for number, check in enumerate(listed, start=1):
            for said in check.get("each", [None]):
                name = f"{folder.name}-{number}" + ("" if said is None else f"-{said}")
                known = [pytest.mark.xfail(strict=True, reason=OPEN[name])] if name in OPEN else []
                yield pytest.param(folder, filled(check, said), id=name, marks=known)


def filled(check: Check, said: str | None) -> Check:
    """The check with `{}` replaced by what is said."""
    if said is None:
        return check
    done = dict(check)
    done["run"] = [word.replace("{}", said) for word in check["run"]]
    done["files"] = {name: text.replace("{}", said) for name, text in check.get("files", {}).items()}
    return done


@pytest.mark.parametrize(("folder", "check"), list(checks()))
def test_what_is_kept_so_is_read_as_it_is_meant(
    folder: Path, check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    copied = tmp_path / folder.name
    shutil.copytree(folder, copied)
    for name, text in check.get("files", {}).items():
        (copied / name).parent.mkdir(parents=True, exist_ok=True)
        (copied / name).write_bytes(text.encode("utf-8"))
    monkeypatch.chdir(copied)
    with machine_in(check.get("zone"), monkeypatch):
        ran = run(*check["run"])
    told = f"{' '.join(check['run'])}\n{ran.out}\n{ran.err}"
    assert ran.code in listed(check.get("code", 0)), told
    assert "Traceback" not in ran.err, told
    for stream, text in (("out", flat(ran.out)), ("err", flat(ran.err))):
        for pattern in check.get(stream, []):
            assert re.search(pattern, text, re.IGNORECASE), told
        for pattern in check.get(f"{stream}_lacks", []):
            assert not re.search(pattern, text, re.IGNORECASE), told
    if "rows" in check:
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        assert len(rows) == len(check["rows"]), told
        for row, wanted in zip(rows, check["rows"], strict=True):
            for column, right in wanted.items():
                assert fits(row.get(column), right), (column, right, told)
    if ran.out.startswith("{"):
        assert_no_interval_is_reversed(json.loads(ran.out))
    for wanted in check.get("json", []):
        assert holds(found(ran.json, wanted["at"]), wanted), (wanted, found(ran.json, wanted["at"]), told)


def test_every_folder_says_whose_records_these_are_and_has_checks() -> None:
    folders = [path for path in CASES.iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        case = tomllib.loads((folder / "case.toml").read_text("utf-8"))
        assert set(case) == {"who", "trouble", "check"}, folder.name
        assert case["check"], folder.name
        for check in case["check"]:
            assert set(check) <= KEYS, (folder.name, check["says"])
            shown = set(check) & {"json", "rows", "out", "err", "out_lacks", "err_lacks"}
            assert check["says"], folder.name
            assert check["run"], (folder.name, check["says"])
            assert shown, (folder.name, check["says"])


def assert_no_interval_is_reversed(answer: Any) -> None:
    """Nowhere in the answer does an interval end before it begins, or hold a single instant at most."""
    if isinstance(answer, dict):
        for begin, end in INTERVALS:
            if isinstance(answer.get(begin), str) and isinstance(answer.get(end), str):
                assert datetime.fromisoformat(answer[begin]) < datetime.fromisoformat(answer[end]), answer
        answer = list(answer.values())
    if isinstance(answer, list):
        for part in answer:
            assert_no_interval_is_reversed(part)


@contextmanager
def machine_in(zone: str | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within it the machine's own time zone is this one."""
    if zone is None:
        yield
        return
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of this machine cannot be set")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        yield
    time.tzset()


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def flat(text: str) -> str:
    """The text with any run of blanks and line breaks as one space."""
    return " ".join(text.split())


def fits(cell: str | None, right: Any) -> bool:
    """Is this what stands in the cell? Nothing there is an empty text."""
    if isinstance(right, dict):
        return re.search(right["has"], cell or "", re.IGNORECASE) is not None
    return (cell or "") in listed(right)


def found(answer: Any, path: str) -> Any:
    """What stands there in the answer; None where nothing does. `key=value` finds the first entry that has it."""
    for step in path.split("."):
        if isinstance(answer, list):
            if "=" in step:
                key, value = step.split("=")
                answer = next((entry for entry in answer if str(entry.get(key)) == value), None)
            else:
                answer = answer[int(step)] if int(step) < len(answer) else None
        elif isinstance(answer, dict):
            answer = answer.get(step)
        else:
            return None
    return answer


def holds(value: Any, wanted: dict[str, Any]) -> bool:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if "is" in wanted and value not in (wanted["is"] if isinstance(wanted["is"], list) else [wanted["is"]]):
        return False
    if "not" in wanted and value in (wanted["not"] if isinstance(wanted["not"], list) else [wanted["not"]]):
        return False
    if "null" in wanted and (value is None) is not wanted["null"]:
        return False
    if "has" in wanted and not re.search(wanted["has"], text, re.IGNORECASE):
        return False
    return not ("lacks" in wanted and re.search(wanted["lacks"], text, re.IGNORECASE))
