"""Do two tables, of doses and of samples, get row by row what the reference and the history of each subject say?"""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from test_engine_properties import books
from test_many import as_rows, columns

import ketref
from ketref.book.loading import load_texts
from support import oracle, person_oracle
from support.records import (
    DAY,
    HOUR,
    asked_of,
    being_given,
    doses,
    known_to_a_range,
    moment,
    samples,
    world_of,
    written_dose,
    written_sample,
    written_test,
)
from support.strategies import SUBSTANCE, Rule, rule_lists, rule_text, texts

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")


Data = st.DataObject
Rows = list[dict[str, Any]]
ORDER = ("no_record", "no_dose", *oracle.STATUS_ORDER)
KINDS = {
    "subject": pa.int64(),
    "count": pa.int64(),
    **dict.fromkeys(("start", "start_latest", "end", "time", "time_latest"), pa.timestamp("us", "UTC")),
}


def table(rows: Rows) -> Any:
    """Rows as an Arrow table of numbers, moments and texts."""
    return pa.table({name: pa.array(values, KINDS.get(name, pa.string())) for name, values in columns(rows).items()})


def statuses(book: Any, rows: Rows, asked_about: Rows, **more: Any) -> list[str]:
    """The status of each sample, from the two tables."""
    notes: list[str] = []
    found = ketref.evaluate(
        table([written_dose(row) for row in rows]),
        table([written_sample(sample) for sample in asked_about]),
        ("sample", "status"),
        rules=book,
        keys="exact",
        notes=notes.append,
        **more,
    )
    listed = as_rows(found)
    assert [row["sample"] for row in listed] == list(range(len(asked_about)))
    return [row["status"] for row in listed]


def drawn_case(data: Data, **how: bool) -> tuple[Any, Any, Rows, Rows]:
    """A book, its world, rows of a few subjects, and samples of these and one more."""
    book, rules = data.draw(books())
    kinds, tests = data.draw(asked_of(rules))
    rows = data.draw(doses(kinds, subjects=data.draw(st.integers(1, 3)), **how), "rows")
    asked_about = data.draw(samples(rules, rows, tests, beyond=1), "samples")
    return book, world_of({SUBSTANCE: rules}), rows, asked_about


# ---------------------------------------------------------------- tables, reference and histories


@given(st.data())
def test_tables_are_read_as_the_reference_reads_them(data: Data) -> None:
    book, world, rows, asked_about = drawn_case(data)
    right = person_oracle.statuses(world, rows, asked_about)
    event(f"statuses: {sorted(set(right))}")
    assert statuses(book, rows, asked_about) == right


@given(st.data())
def test_tables_are_read_as_the_histories_of_their_subjects(data: Data) -> None:
    """Where a start is known to a range, too."""
    book, _, rows, asked_about = drawn_case(data)
    rows = data.draw(known_to_a_range(rows) | st.just(rows), "rows known to a range")
    right = []
    for sample in asked_about:
        mine = [written_dose(row) for row in rows if row["subject"] == sample["subject"]]
        answer = ketref.history(mine, at=moment(sample["time"]), rules=book, **written_test(sample))
        right.append(answer.tests[0]["status"] if answer.tests else "no_dose" if mine else "no_record")
    assert statuses(book, rows, asked_about) == right


@given(st.data())
def test_rows_without_length_and_far_apart_are_read_as_before(data: Data) -> None:
    book, world, rows, asked_about = drawn_case(data, lasting=False, close=False, odd=False)
    before = world_of(world.rules, clock=oracle.START)
    assert statuses(book, rows, asked_about) == person_oracle.statuses(before, rows, asked_about)


@given(st.data())
def test_the_order_of_rows_changes_nothing(data: Data) -> None:
    book, _, rows, asked_about = drawn_case(data)
    other = list(data.draw(st.permutations(rows)))
    order = data.draw(st.permutations(range(len(asked_about))))
    before = statuses(book, rows, asked_about)
    assert statuses(book, other, [asked_about[i] for i in order]) == [before[i] for i in order]


@given(st.data())
def test_a_regimen_is_its_doses_written_out(data: Data) -> None:
    book, rules = data.draw(books())
    kinds, tests = data.draw(asked_of(rules))
    rows = data.draw(doses(kinds, subjects=2, odd=False, lasting=False, close=False))
    said, out = [], []
    for row in rows:
        interval, count = data.draw(st.sampled_from([(6 * HOUR, 9), (12 * HOUR, 20), (DAY, 24), (2 * DAY, 5)]))
        said.append({**row, "interval": interval, "count": count})
        out += [{**row, "start": row["start"] + k * interval} for k in range(count)]
    world = world_of({SUBSTANCE: rules})
    asked_about = data.draw(samples(rules, said, tests))
    right = person_oracle.statuses(world, said, asked_about)
    assert statuses(book, said, asked_about) == right
    if len(said) == len({row["subject"] for row in said}):  # rows of two regimens may lie near enough to be joined
        assert statuses(book, out, asked_about) == right


@given(st.data())
def test_a_regimen_says_the_same_where_its_next_change_is_not_asked(data: Data) -> None:
    """Where it is, all doses that may count are gone through; else those alone that lead."""
    book, rules = data.draw(books())
    kinds, tests = data.draw(asked_of(rules))
    rows = data.draw(doses(kinds, odd=False))
    every = st.sampled_from([6 * HOUR, DAY, 36 * HOUR, 3 * DAY])
    said = [{**row, "subject": number, "interval": data.draw(every)} for number, row in enumerate(rows)]
    said = [{key: row[key] for key in row if key != "end"} for row in data.draw(known_to_a_range(said) | st.just(said))]
    for row in said:
        row |= data.draw(st.sampled_from([{"count": 40}, {"count": 400, "status": "perhaps-given"}]))
    tested = table([written_sample(row) for row in data.draw(samples(rules, said, tests))])
    for row in said:
        if data.draw(st.booleans()):
            del row["count"]
    taken = table([written_dose(row) for row in said])
    wanted = ("status", "dose", "rule", "pattern", "elapsed_s", "elapsed_longest_s")
    found, full = (
        ketref.evaluate(taken, tested, asked, rules=book, keys="exact", ongoing="unknown", notes=[].append)
        for asked in (wanted, (*wanted, "next_change_s"))
    )
    event(f"statuses: {sorted(set(found['status'].to_pylist()))}")
    assert as_rows(found) == as_rows(full.select(wanted))


@pytest.mark.parametrize(("wide", "ongoing"), [(0, "now"), (0, "unknown"), (3 * HOUR, "now")])
def test_a_first_dose_counts_that_alone_is_sure_or_alone_lies_back_far_enough(wide: int, ongoing: Any) -> None:
    row = {"subject": 0, "substance": "ketamine", "start": 0, "wide": wide, "interval": HOUR}
    sample = {"subject": 0, "matrix": "urine", "time": 4 * HOUR + wide}
    assert statuses(None, [row], [sample], ongoing=ongoing) == ["expected"]
    assert statuses(None, [{**row, "count": 1, "interval": 2 * HOUR}], [sample]) == ["expected"]


@given(st.data())
def test_while_a_drug_is_being_given_no_window_excludes_it(data: Data) -> None:
    book, rules = data.draw(books())
    rows, asked_about = [], []
    for subject, (question, at) in enumerate(data.draw(st.lists(being_given(rules), min_size=1, max_size=4))):
        row = {key: question[key] for key in ("route", "dose", "dose_per_kg", "weight", "duration") if key in question}
        rows.append({**row, "subject": subject, "substance": SUBSTANCE, "start": 0})
        asked_about.append({**question, "subject": subject, "time": at})
    assert "not_expected" not in statuses(book, rows, asked_about)


@given(st.data())
def test_a_further_row_never_lowers_a_status(data: Data) -> None:
    """Of one way of giving, without amounts: a joined administration may meet rules that its rows do not."""
    book, rules = data.draw(books(clocks=False))
    _, tests = data.draw(asked_of(rules))
    kinds = [{"route": data.draw(st.sampled_from(["nasal", "oral", "insufflated"]))}]
    rows, further = data.draw(doses(kinds, subjects=2)), data.draw(doses(kinds))
    asked_about = data.draw(samples(rules, rows, tests))
    before = statuses(book, rows, asked_about)
    for low, high in zip(before, statuses(book, [*rows, further[0]], asked_about), strict=True):
        assert ORDER.index(high) >= ORDER.index(low)


# ---------------------------------------------------------------- targets


TWO = {"ketamine": ("ketamine", "norketamine"), "y": ("norketamine",)}


@st.composite
def books_of_two(draw: st.DrawFn) -> tuple[Any, dict[str, list[Rule]]]:
    """A book of two substances: one is named as what it yields, the other yields that one's metabolite alone."""
    first, second = draw(rule_lists()), draw(rule_lists())
    second = [{**rule, "id": f"TSY-W{number:03d}"} for number, rule in enumerate(second, start=1)]
    files = {name: text for name, text in texts(first).items() if not name.startswith(f"{SUBSTANCE}/")}
    for name, rules in zip(TWO, (first, second), strict=True):
        listed = ", ".join(f'"{analyte}"' for analyte in TWO[name])
        files[f"{name}/substance.toml"] = f'id = "{name}"\nname = "{name}"\nyields = [{listed}]\n'
        files[f"{name}/windows.toml"] = "\n".join(map(rule_text, rules))
    return load_texts(files), {"ketamine": first, "y": second}


@given(st.data())
def test_a_test_covers_whatever_yields_what_it_finds(data: Data) -> None:
    book, rules = data.draw(books_of_two())
    every = [rule for listed in rules.values() for rule in listed]
    kinds, tests = data.draw(asked_of(every))
    rows = data.draw(doses(kinds, subjects=2, substances=tuple(TWO)))
    asked_about = data.draw(samples(every, rows, tests, beyond=1))
    for sample in asked_about:
        sample["test"] = data.draw(st.sampled_from(["ketamine", "y", "norketamine"]))
        if sample["test"] == "norketamine":
            sample.pop("analyte", None)
    world = world_of(rules, yields=TWO)
    assert statuses(book, rows, asked_about) == person_oracle.statuses(world, rows, asked_about)


@pytest.mark.parametrize("test", ["ketamine", "esketamine"])
@pytest.mark.parametrize("taken", ["ketamine", "esketamine"])
def test_a_method_that_cannot_tell_mirror_forms_finds_both(test: str, taken: str) -> None:
    rows = [{"subject": 0, "substance": taken, "start": 0}]
    sample = {"subject": 0, "matrix": "urine", "time": 4 * HOUR}
    assert statuses(None, rows, [{**sample, "test": test}]) == statuses(None, rows, [sample]) == ["expected"]


# ---------------------------------------------------------------- verdicts


OUTCOMES = ("positive", "Detected", "Presumptive Positive (A)", "negative", "ND", "<LOQ", "QNS", "see note")
LIMITS = ("5 ng/mL", "20 ng/mL", "50 ng/mL", "100 ng/mL")
RESULT = ("outcome", "value", "comparator", "lod", "loq", "panel", "time_latest")


@st.composite
def results_of(draw: st.DrawFn, rows: Rows, tests: Rows, beyond: int = 1) -> Rows:
    """Results of those subjects and more, by some tests: outcomes, values, comparators and limits, sound or not."""
    found = []
    moments = sorted({row["start"] + far for row in rows for far in (-1, 0, HOUR, 2 * DAY, 12 * DAY, 25 * DAY)})
    for _ in range(draw(st.integers(1, 5))):
        result = {**draw(st.sampled_from(tests)), "outcome": draw(st.sampled_from(OUTCOMES))}
        result["subject"] = draw(st.integers(0, max(row["subject"] for row in rows) + beyond))
        result["time"] = draw(st.sampled_from(moments) | st.integers(-DAY, 60 * DAY))
        if draw(st.booleans()):
            limits = dict.fromkeys(draw(st.lists(st.sampled_from(["value", "lod", "loq"]), max_size=3)))
            result |= {name: draw(st.sampled_from(LIMITS)) for name in limits}
            if "value" in limits:
                result |= draw(st.sampled_from([{}, {}, {"comparator": "<"}, {"comparator": ">="}]))
        if draw(st.booleans()):
            result["time_latest"] = moment(result["time"] + draw(st.sampled_from([HOUR, DAY, 20 * DAY])))
        found.append(result)
    return found


def written_result(result: dict[str, Any]) -> dict[str, Any]:
    return {**written_sample(result), **{name: result[name] for name in RESULT if name in result}}


def assert_verdicts_are_those_of_infer(book: Any, rows: Rows, results: Rows) -> None:
    """Row by row; where `infer` refuses a result, the row says why."""
    answers = ketref.evaluate(
        table([written_dose(row) for row in rows]),
        table([written_result(result) for result in results]),
        ("sample", "verdict", "status"),
        rules=book,
        on_error="reject",
        keys="exact",
        notes=[].append,
    )
    given = {number: row for row in as_rows(answers) for number in [row["sample"]]}
    assert sorted(given) == list(range(len(results)))
    for number, result in enumerate(results):
        row = given[number]
        mine = [written_dose(dose) for dose in rows if dose["subject"] == result["subject"]]
        verdict, refused = verdict_alone(book, mine, written_result(result))
        event(f"verdict: {verdict if refused is None else 'refused'}")
        if refused is None:
            assert (row["verdict"], row["reject"]) == (verdict if mine else None, None)
            assert mine or row["status"] == "no_record"
        else:
            assert row["verdict"] == "unknown"
            assert refused in row["reject"]


def verdict_alone(book: Any, mine: Rows, result: dict[str, Any]) -> tuple[str | None, str | None]:
    """The verdict of `infer` on one result, or else why it is refused."""
    try:
        (found,) = ketref.infer([result], doses=mine, rules=book).results
    except ketref.UsageError as error:
        return None, str(error).removeprefix("result 1: ")
    return found["verdict"], None


SHIPPED_KINDS = [{"route": "nasal"}, {"route": "intravenous"}, {"route": "oral", "dose": 50_000_000}, {}]
SHIPPED_TESTS = [
    *({"matrix": matrix} for matrix in ("urine", "plasma", "oral-fluid", "hair")),
    *({"matrix": "urine", "test": test} for test in ("ketamine", "esketamine", "norketamine")),
    {"matrix": "urine", "test": "ketamine", "method": "lc-ms-ms", "cutoff": 50},
    {"matrix": "plasma", "analyte": "norketamine", "cutoff": 2},
    {"matrix": "urine", "panel": "SAMHSA 5"},
    {"matrix": "urine", "panel": "of our own"},
    {"matrix": "urine", "panel": "of our own", "test": "ketamine"},
    {"matrix": "urine", "panel": "of our own", "analyte": "THC"},
    {"matrix": "urine", "analyte": "THC"},
    {"matrix": "urine", "test": "midazolam"},
]


@given(st.data())
def test_verdicts_in_bulk_are_those_of_infer_one_by_one(data: Data) -> None:
    rows = data.draw(doses(SHIPPED_KINDS, subjects=2, substances=("ketamine", "esketamine")))
    rows = data.draw(known_to_a_range(rows) | st.just(rows), "rows known to a range")
    assert_verdicts_are_those_of_infer(None, rows, data.draw(results_of(rows, SHIPPED_TESTS)))


@given(st.data())
def test_verdicts_by_any_book_are_those_of_infer(data: Data) -> None:
    book, rules = data.draw(books_of_two())
    every = [rule for listed in rules.values() for rule in listed]
    kinds, tests = data.draw(asked_of(every))
    rows = data.draw(doses(kinds, subjects=2, substances=tuple(TWO)))
    named = [{**test, "test": name} for test in tests for name in TWO]
    assert_verdicts_are_those_of_infer(book, rows, data.draw(results_of(rows, [*tests, *named])))


# ---------------------------------------------------------------- days that became midnights


@pytest.mark.parametrize("text", ["2026-03-02", "2026-03-02T00:00:00"])
def test_a_midnight_may_be_a_day(text: str) -> None:
    taken = pd.DataFrame({"subject": ["S1"], "substance": ["ketamine"], "start": pd.to_datetime([text])})
    tested = pd.DataFrame({"subject": ["S1"], "matrix": ["plasma"], "time": pd.to_datetime(["2026-03-03T06:00"])})
    wanted = ("status", "elapsed_s", "elapsed_longest_s")
    found = ketref.evaluate(taken, tested, wanted, midnight="day", notes=[].append)
    as_text = ketref.evaluate(taken.assign(start=["2026-03-02"]), tested.assign(time=["2026-03-03T06:00"]), wanted)
    assert found[list(wanted)].to_dict("records") == as_text[list(wanted)].to_dict("records")
    assert found["status"].tolist() == ["possible"]


def test_a_column_of_nothing_but_midnights_is_told_of() -> None:
    taken = pd.DataFrame(
        {"subject": [1, 2], "substance": ["ketamine"] * 2, "start": pd.to_datetime(["2026-03-02", "2026-03-04"])}
    )
    tested = pd.DataFrame({"subject": [1], "matrix": ["plasma"], "time": pd.to_datetime(["2026-03-03T06:00"])})
    notes: list[str] = []
    ketref.evaluate(taken, tested, ("status",), notes=notes.append)
    assert any("midnight" in note or "00:00" in note for note in notes)


# ---------------------------------------------------------------- exposure as trials write it


EXPOSURE = """\
USUBJID,EXTRT,EXDOSE,EXDOSU,EXDOSFRQ,EXROUTE,EXSTDTC,EXENDTC
01-001,ESKETAMINE,56,mg,QD,NASAL,2026-01-02,2026-01-16
01-002,PLACEBO,0,mg,QD,NASAL,2026-01-02,2026-01-16
01-003,ESKETAMINE,84,mg,QD,NASAL,2026-01-02,2026-01-30
01-003,ESKETAMINE,0,mg,QD,NASAL,2026-01-31,2026-02-02
"""
SPECIMENS = """\
USUBJID,LBSPEC,LBDTC,LBMETHOD,LBLLOQ
01-001,URINE,2026-01-17,LC-MS,1 ng/mL
01-002,URINE,2026-01-17,LC-MS,1 ng/mL
01-003,URINE,2026-02-13,LC-MS,1 ng/mL
01-003,URINE,2025-12-20,LC-MS,1 ng/mL
01-004,URINE,2026-01-17,LC-MS,1 ng/mL
"""
NAMES = {
    "USUBJID": "subject",
    "EXTRT": "substance",
    "EXDOSE": "dose",
    "EXDOSU": "dose_unit",
    "EXDOSFRQ": "frequency",
    "EXROUTE": "route",
    "EXSTDTC": "start",
    "EXENDTC": "end",
    "LBSPEC": "matrix",
    "LBDTC": "time",
    "LBMETHOD": "method",
    "LBLLOQ": "cutoff",
}


def frame(text: str) -> Any:
    """The table under the names that are asked for."""
    return pd.read_csv(io.StringIO(text), dtype=str).rename(columns=NAMES)


def test_a_table_of_exposure_is_answered_as_daily_use() -> None:
    notes: list[str] = []
    found = ketref.evaluate(frame(EXPOSURE), frame(SPECIMENS), ("status", "pattern"), notes=notes.append)
    daily, placebo, long, before, stranger = found["status"].tolist()
    assert daily in ("expected", "possible")
    assert (placebo, before, stranger) == ("no_dose", "no_dose", "no_record")
    assert (long, found["pattern"].tolist()[2]) == ("expected", "chronic")
    assert any("left out" in note for note in notes)


def test_a_daily_row_is_its_days() -> None:
    taken = {"subject": "01-003", "substance": "esketamine", "route": "nasal", "dose": "84 mg"}
    days = [{**taken, "start": f"2026-01-{day:02}"} for day in range(2, 31)]
    tested = frame(SPECIMENS).iloc[2:4]
    wanted = ["status", "pattern", "elapsed_s", "elapsed_longest_s"]
    written, said = (
        ketref.evaluate(table, tested, wanted, notes=[].append)[wanted].to_dict("records")
        for table in (pd.DataFrame(days), frame(EXPOSURE))
    )
    assert said == written
