"""Are the committed schemas fresh, and do they say what the loader and the answers do?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import tomli
from jsonschema import Draft202012Validator

import ketref
from ketref.book import loading, structuring
from ketref.cli.main import main
from ketref.model.files import FILES, record_of
from ketref.review import schemas

COMMITTED = Path(__file__).resolve().parents[2] / "schemas"
SHIPPED = loading.shipped_folder()
RULE_FILES = sorted(path.relative_to(SHIPPED).as_posix() for path in SHIPPED.glob("**/*.toml"))
KINDS = {stem: record_of(stem) for stem in FILES}
Place = tuple[str | int, ...]


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schemas.schemas()[f"{name}.schema.json"])


@cache
def document(name: str) -> dict[str, Any]:
    return tomli.loads((SHIPPED / name).read_text(encoding="utf-8"))


def as_json(value: Any) -> Any:
    """What TOML holds, as JSON would."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def stem_of(name: str) -> str:
    """By which schema a file goes."""
    return "mapping" if name.startswith("mappings/") else Path(name).stem


def problems(name: str, value: Any) -> list[str]:
    return [error.message for error in validator(name).iter_errors(as_json(value))]


# ------------------------------------------------------------------------ the schemas


def test_the_committed_schemas_are_fresh() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.iterdir()}
    assert committed == {name: schemas.as_text(schema) for name, schema in schemas.schemas().items()}, (
        "run python -m ketref.review.schemas, and remove the schemas of what is no more"
    )


def test_they_are_written_into_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    subprocess.run([sys.executable, "-m", "ketref.review.schemas", str(folder)], check=True)
    assert {path.name for path in folder.iterdir()} == set(schemas.schemas())


@pytest.mark.parametrize("name", schemas.schemas())
def test_each_is_a_schema_without_unused_or_missing_parts(name: str) -> None:
    schema = schemas.schemas()[name]
    Draft202012Validator.check_schema(schema)
    text = json.dumps(schema)
    defined = {f"#/$defs/{part}" for part in schema.get("$defs", {})}
    assert defined == {word for word in text.split('"') if word.startswith("#/$defs/")}


def test_each_has_a_name_of_its_own_and_that_of_an_answer_takes_further_keys() -> None:
    made = schemas.schemas()
    assert len({schema["$id"] for schema in made.values()}) == len(made)
    answers = {name: json.dumps(schema) for name, schema in made.items() if name.endswith(".answer.schema.json")}
    assert [name for name, text in answers.items() if '"additionalProperties": false' in text] == []
    assert '"additionalProperties": false' in json.dumps(made["windows.schema.json"])


# ------------------------------------------------------------------------ rule files


def test_every_shipped_file_keeps_its_schema() -> None:
    found = {name: problems(stem_of(name), document(name)) for name in RULE_FILES}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


WINDOW = """
[[window]]
id = "OWN-W001"
when = { matrix = "urine", analyte = "any", cutoff = "25 ng/mL" }
detectable_until = ["1 d", "2 d"]
confidence = "low"
reviewed = 2026-11-23
waive = { no-opening = "none at this cutoff" }

[[window.evidence]]
source = "mayo-ketau"
locator = "interpretation"
reports = { detectable_until = ["1 d", "2 d"] }
"""


def own_book(window: str) -> dict[str, str | bytes]:
    return {
        "edition.toml": 'edition = "1"\nformat = 1\nname = "own"\nextends = "shipped"\n',
        "ketamine/windows.toml": window,
    }


def test_the_window_that_is_spoilt_below_is_sound() -> None:
    assert problems("windows", tomli.loads(WINDOW)) == []
    loading.load_texts(own_book(WINDOW))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('id = "OWN-W001"\n', "", "missing-key"),
        ("reviewed = 2026-11-23\n", "", "missing-key"),
        ('locator = "interpretation"\n', "", "missing-key"),
        ('id = "OWN-W001"', "id = 1", "wrong-type"),
        ('id = "OWN-W001"', 'id = " OWN-W001"', "wrong-type"),
        ("reviewed = 2026-11-23", 'reviewed = "23 November"', "wrong-type"),
        ('confidence = "low"', 'confidence = "sure"', "unknown-term"),
        ('confidence = "low"', 'confidence = "low"\ncolour = "blue"', "unknown-key"),
        ('cutoff = "25 ng/mL"', 'cutoff = "25 ng/mL", limit = "1 d"', "unknown-key"),
        ('cutoff = "25 ng/mL"', "cutoff = 25", "wrong-type"),
        ('cutoff = "25 ng/mL"', 'cutoff = "25"', "bad-unit"),
        ('cutoff = "25 ng/mL"', 'cutoff = "25 mg"', "bad-unit"),
        ('cutoff = "25 ng/mL"', "cutoff = []", "wrong-type"),
        ('cutoff = "25 ng/mL"', 'dose = { min = "1 mg/kg" }', "bad-unit"),
        ('cutoff = "25 ng/mL"', "dose = {}", "missing-key"),
        ('cutoff = "25 ng/mL"', 'dose = "25 mg"', "wrong-type"),
        ('"2 d"]\nconfidence', '"2 months"]\nconfidence', "bad-unit"),
        ('"2 d"]\nconfidence', '"2d"]\nconfidence', "bad-unit"),
        ('"2 d"]\nconfidence', '"1.5 d"]\nconfidence', "bad-unit"),
        ('"2 d"]\nconfidence', "172800]\nconfidence", "wrong-type"),
        ('["1 d", "2 d"]\nconfidence', '["2 d"]\nconfidence', "wrong-type"),
        ('["1 d", "2 d"]\nconfidence', '{ last = "2 d" }\nconfidence', "unknown-key"),
        ('["1 d", "2 d"]\nconfidence', '"2 d"\nconfidence', "wrong-type"),
        ("[[window.evidence]]", "[window.evidence]", "wrong-type"),
    ],
)
def test_a_spoilt_window_is_refused_by_schema_and_loader(old: str, new: str, code: str) -> None:
    spoilt = WINDOW.replace(old, new, 1)
    assert spoilt != WINDOW
    assert problems("windows", tomli.loads(spoilt))
    with pytest.raises(ketref.RulesError) as caught:
        loading.load_texts(own_book(spoilt))
    assert code in {finding.code for finding in caught.value.findings}


WRONG: tuple[Any, ...] = (
    "",
    " padded",
    "word",
    "2 h",
    "2 hours",
    "007 h",
    "25 ng/mL",
    "25 NG/ML",
    "0.5 mcg/kg",
    "0.5 mg/kg",
    ".5 mg",
    "٣ mg",
    "٣ h",
    0,
    1,
    -1,
    2.5,
    True,
    [],
    ["word"],
    ["1 h", "2 h"],
    ["1 h", "2 h", "3 h"],
    [1, 2],
    [1, 2, 3],
    ["1 ng/mL"],
    [[]],
    [{}],
    {},
    {"word": "word"},
    {"word": " padded"},
    {"word": 1},
    {"min": "1 mg"},
    {"max": "1 mg/kg"},
    {"min": 1},
    {"earliest": "1 h"},
    {"earliest": "1 h", "latest": "2 h"},
)
"""Whatever somebody might write where something else is wanted, or where it is just right.

No date: JSON has none, so a schema cannot tell one without quotes from one with them.
"""


SOME = 6
"""One in so many of them is tried where a key is met again."""


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Every key, table and element of a document."""
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from places(inner, (*path, step))


def cut(value: Any, path: Place) -> Any:
    """A document with all that the path leads through, and of each list nothing else."""
    if not path or not isinstance(value, dict | list):
        return value
    step, *rest = path
    if isinstance(value, list):
        return [cut(value[step], tuple(rest))]  # type: ignore[call-overload]
    return {key: cut(inner, tuple(rest)) if key == step else beside(inner) for key, inner in value.items()}


def beside(value: Any) -> Any:
    """What stands beside the path: of a list of tables, what is plain in the first."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [{key: inner for key, inner in value[0].items() if not isinstance(inner, dict | list)}]
    return value


def put(value: Any, path: Place, new: Any) -> Any:
    """A document with something else at the place of a path in which each list has one element."""
    if not path:
        return new
    step, *rest = path
    if isinstance(value, list):
        return [put(value[0], tuple(rest), new)]
    return {**value, step: put(value.get(step), tuple(rest), new)}


def without(value: Any, path: Place) -> Any:
    step, *rest = path
    if isinstance(value, list):
        return [without(value[0], tuple(rest))]
    return {
        key: without(inner, tuple(rest)) if rest and key == step else inner
        for key, inner in value.items()
        if rest or key != step
    }


@pytest.mark.parametrize("stem", KINDS)
def test_schema_and_loader_take_and_refuse_the_same(stem: str) -> None:
    """At every kind of place of the shipped files: other values, another key, and the key left out.

    Where a key of that name with such a value was met before, some of the values are tried, others at each place.
    """
    seen: dict[tuple[object, ...], tuple[str, Place]] = {}
    for name in RULE_FILES:
        if Path(name).stem == stem:
            for path in places(document(name)):
                seen.setdefault(tuple(step if isinstance(step, str) else "*" for step in path), (name, path))
    asked, differ = 0, []
    met: dict[tuple[object, ...], int] = defaultdict(int)
    for name, path in seen.values():
        small = cut(document(name), path)
        needed = {*path[:1], *validator(stem).schema.get("required", ())}
        small = {key: inner for key, inner in small.items() if not path or key in needed}
        alike = (*[step for step in path if isinstance(step, str)][-1:], type(at(small, path)))
        wrong = WRONG[met[alike] % SOME :: SOME] if met[alike] else WRONG
        met[alike] += 1
        changed = [put(small, path, value) for value in wrong]
        changed += [put(small, (*path, "colour"), "blue")] if isinstance(at(small, path), dict) else []
        changed += [without(small, path)] if path and isinstance(path[-1], str) else []
        for spoilt in changed:
            record = structuring.structure(spoilt, KINDS[stem])
            by_loader = record if isinstance(record, list) else []
            by_schema = [error.message for error in islice(validator(stem).iter_errors(as_json(spoilt)), 1)]
            if bool(by_schema) > bool(by_loader) or bool(by_schema) < bool(beside_order(by_loader)):
                differ.append((name, path, at(spoilt, path[:-1]), by_schema, by_loader))
            asked += 1
    assert asked > 100
    assert not differ, differ[:5]


def at(value: Any, path: Place) -> Any:
    for step in path:
        value = value[0] if isinstance(value, list) else value[step]
    return value


def beside_order(found: list[structuring.Problem]) -> list[structuring.Problem]:
    """The problems that JSON Schema can tell: that ends are in order it cannot."""
    return [problem for problem in found if problem[1] != "reversed-range"]


# ------------------------------------------------------------------------ answers


def keeps(command: str, answer: Any) -> None:
    assert problems(f"{command}.answer", json.loads(json.dumps(answer.to_dict(), allow_nan=False))) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"matrix": "urine"},
        {"matrix": "urine", "since": "20 d"},
        {"matrix": "urine", "since": ("1 d", "3 d"), "age": 70, "weight": "70 kg", "dose": "50 mg"},
        {
            "matrix": "urine",
            "since": "36 h",
            "route": "IV",
            "method": "gc-ms",
            "cutoff": "25 ng/mL",
            "infusion": "40 min",
        },
        {"matrix": "urine", "since": "36 h", "source": "mayo-ketau"},
        {"matrix": "breast-milk", "since": "1 h", "analyte": "hydroxynorketamine"},
        {"matrix": "hair", "taken": "2026-03", "at": "2026-05-01", "pattern": "unknown"},
    ],
)
@pytest.mark.parametrize("substance", ["ketamine", "esketamine"])
def test_answers_of_detect_keep_their_schema(substance: str, asked: dict[str, Any]) -> None:
    keeps("detect", ketref.detect(substance, **asked))


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"route": "nasal", "since": "50 min", "dose": "84 mg"},
        {"route": "intravenous", "infusion": "40 min", "since": ("10 min", "50 min")},
        {"route": "rectal", "since": "1 h", "liver": "moderate"},
    ],
)
@pytest.mark.parametrize("substance", ["ketamine", "esketamine"])
def test_answers_of_effects_keep_their_schema(substance: str, asked: dict[str, Any]) -> None:
    keeps("effects", ketref.effects(substance, **asked))


@pytest.mark.parametrize("condition", [None, "aneurysm", "nobody has this"])
@pytest.mark.parametrize("substance", ["ketamine", "esketamine"])
def test_answers_of_cautions_keep_their_schema(substance: str, condition: str | None) -> None:
    keeps("cautions", ketref.cautions(substance, condition))
    keeps("cautions", ketref.cautions(substance, condition, route="nasal"))


def test_answers_to_golden_cases_of_every_kind_keep_their_schema() -> None:
    """What stands in a list is looked at once at each kind of place: answers share most of their evidence.

    Of the cases that ask a substance alike, with the same keys, one stands for all.
    """
    seen: set[tuple[Place, str]] = set()
    alike = {(name, case.ask, *sorted(case.question)): (name, case) for name, _, case in loading.shipped().cases()}
    assert len(alike) > 100
    for name, case in alike.values():
        ask = {"detect": ketref.detect, "effects": ketref.effects, "cautions": ketref.cautions}[case.ask]
        answer = ask(name.split("/")[0], **case.question).to_dict()
        assert (
            problems(f"{case.ask}.answer", unseen(json.loads(json.dumps(answer, allow_nan=False)), seen, (case.ask,)))
            == []
        )


def unseen(value: Any, seen: set[tuple[Place, str]], place: Place) -> Any:
    """An answer without those elements of its lists that were seen at the same kind of place, but for one of each."""
    if isinstance(value, dict):
        return {key: unseen(inner, seen, (*place, key)) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    texts = {json.dumps(element): element for element in value}
    fresh = {text: element for text, element in texts.items() if (place, text) not in seen} or dict(
        [*texts.items()][:1]
    )
    seen.update((place, text) for text in fresh)
    return [unseen(element, seen, place) for element in fresh.values()]


@pytest.mark.parametrize("window", [WINDOW, WINDOW.replace('"2 d"]\nconfidence', '"2 months"]\nconfidence')])
def test_answers_of_check_keep_their_schema(window: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in own_book(window).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(str(text), encoding="utf-8")
    main(["check", str(tmp_path), "--format", "json"])
    answer = json.loads(capsys.readouterr().out)
    assert problems("check.answer", answer) == []
    assert bool(answer["findings"]) == (window != WINDOW)


def test_an_answer_with_another_status_does_not_keep_its_schema_and_one_with_a_further_key_does() -> None:
    answer = ketref.detect("ketamine", matrix="urine", since="36 h").to_dict()
    assert problems("detect.answer", {**answer, "colour": "blue"}) == []
    assert problems("detect.answer", {**answer, "status": "negative"})
    assert problems("detect.answer", {key: value for key, value in answer.items() if key != "rule"})
