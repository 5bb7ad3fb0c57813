"""Which rows of a record are no dose, which ends nobody knows, and what of this is told?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketref
from conftest import Run
from ketref.book.loading import shipped
from ketref.engine.course import STATUSES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAMPLE = NOON + 4 * HOUR
MATRICES = ("urine", "blood", "hair")


def dose(hours: float = 0, **more: Any) -> dict[str, Any]:
    return {"substance": "ketamine", "start": NOON + HOUR * hours, **more}


def asked(*doses: dict[str, Any], at: Any = SAMPLE, matrix: Any = "urine", **more: Any) -> ketref.HistoryAnswer:
    return ketref.history(doses, at=at, matrix=matrix, **more)


def statuses(answer: ketref.HistoryAnswer) -> list[str]:
    return [test["status"] for test in answer.tests]


def same(one: ketref.HistoryAnswer, other: ketref.HistoryAnswer) -> bool:
    """Whether two answers say the same of the present and of what is to come."""
    keys = ("tests", "effects", "cautions", "changes", "patterns")
    return all(one.to_dict()[key] == other.to_dict()[key] for key in keys)


# ---------------------------------------------------------------- rows that are no dose


@pytest.mark.parametrize("amount", ["0 mg", "0", 0, 0.0, "0.00 mg/kg", "0 µg", "0,0 mg", "-0 mg"])
def test_nothing_is_no_dose(amount):
    answer = asked(dose(dose=amount))
    assert answer.doses == answer.tests == []
    assert answer.notes == ["1 row of the doses is left out: 0 is not a dose (row 1)"]


def test_an_amount_in_two_columns_is_nothing_too():
    assert asked(dose(dose=0, dose_unit="mg")).doses == []
    assert len(asked(dose(dose="0.5", dose_unit="mg")).doses) == 1


@pytest.mark.parametrize("word", ["not-done", "NOT DONE", "entered-in-error", "Cancelled", "skipped", "missed"])
def test_what_was_not_given_is_no_dose(word):
    answer = asked(dose(status=word), dose(-24, status="completed"))
    assert [form["number"] for form in answer.doses] == [2]
    assert answer.notes == ["1 row of the doses is left out: by their `status` they were not given (row 1)"]


@pytest.mark.parametrize(
    "word",
    [
        *(
            "Held",
            "MAR Hold",
            "Automatically Held",
            "Due",
            "Not given",
            "Refused by patient (not given)",
            "N (not given)",
        ),
        *("wasted", "Returned", "not given - nausea", "Held - BP 180/110", "MAR hold - given to theatre - NPO"),
    ],
)
def test_what_medication_records_call_not_given_is_no_dose(word):
    assert asked(dose(status=word)).doses == []


@pytest.mark.parametrize(
    "word", ["Started", "infused", "Restarted", "New Bag", "Rate Change", "Bolus (given)", "Given"]
)
def test_what_medication_records_call_given_counts(word):
    assert same(asked(dose(status=word)), asked(dose()))


@pytest.mark.parametrize("word", ["paused", "On Hold", "On hold - surgery"])
def test_what_may_not_have_been_given_is_doubtful(word):
    assert [test["doubtful"] for test in asked(dose(status=word)).tests] == [True]


@pytest.mark.parametrize("word", ["waisted", "stoped", "refuse", "given - partly", "N"])
def test_a_status_that_is_not_known_is_never_guessed(word):
    """Of a word that nobody knows the nearest may mean the reverse."""
    with pytest.raises(ketref.UsageError, match="unknown status") as error:
        asked(dose(status=word))
    assert "did you mean" not in error.value.hint
    assert not error.value.candidates


def test_what_was_not_given_need_have_neither_time_nor_known_name():
    assert asked({"substance": "foo", "status": "not-done"}).doses == []


@pytest.mark.parametrize("word", ["completed", "in-progress", "IN_PROGRESS", "stopped", "Taken", None, ""])
def test_what_was_given_counts(word):
    assert same(asked(dose(status=word)), asked(dose()))


@pytest.mark.parametrize("word", ["perhaps", "yes", 17])
def test_a_status_that_is_not_known_is_refused_with_the_words_that_are(word):
    with pytest.raises(ketref.UsageError, match="dose 2: unknown status") as error:
        asked(dose(), dose(status=word))
    assert "in-progress" in error.value.hint
    assert "entered-in-error" in error.value.hint


@pytest.mark.parametrize("name", ["placebo", "PBO", "Placebo"])
def test_placebo_yields_nothing(name):
    answer = asked({"substance": name, "start": NOON, "dose": "84 mg"}, dose())
    assert statuses(answer) == statuses(asked(dose()))
    assert answer.notes == ["1 row of the doses is left out: `placebo` is a drug that no rule is about (row 1)"]


def test_an_unknown_substance_is_refused():
    with pytest.raises(ketref.UsageError, match="dose 2: unknown substance `foo`"):
        asked(dose(), {"substance": "foo", "start": NOON})


@pytest.mark.parametrize("only", ["KETAMINE", ["Ketamine"]])
def test_only_some_substances_count_where_that_is_said(only):
    other = {"substance": "memantine", "start": NOON}
    unknown = {"substance": "foo", "start": NOON}
    answer = asked(other, dose(), unknown, only=only)
    assert [form["number"] for form in answer.doses] == [2]
    assert sorted(answer.notes) == [
        "1 row of the doses is left out: `foo` is not among those asked about (row 3)",
        "1 row of the doses is left out: `memantine` is not among those asked about (row 1)",
    ]


@pytest.mark.parametrize("word", ["KETAMINE HCL INJ 50MG/ML", "ketamin", "Ketmaine"])
def test_what_may_be_a_substance_that_is_asked_for_is_refused_and_not_left_out(word):
    with pytest.raises(ketref.UsageError, match="dose 2: unknown substance"):
        asked(dose(), {"substance": word, "start": NOON}, only="ketamine")


def test_only_what_the_book_knows_can_be_asked_about():
    with pytest.raises(ketref.UsageError, match="unknown substance `foo`"):
        asked(dose(), only="ketamine,foo")
    with pytest.raises(ketref.UsageError, match="names no substance"):
        asked(dose(), only=[])


def test_a_note_counts_all_rows_and_names_the_first():
    answer = asked(*(dose(-hour, dose="0 mg") for hour in range(7)), dose())
    assert answer.notes == ["7 rows of the doses are left out: 0 is not a dose (rows 1, 2, 3, 4, 5 and 2 more)"]
    assert answer.doses[0]["number"] == 8
    assert answer.tests[0]["dose"] == 8
    assert answer.to_dict()["notes"] == answer.notes
    assert "0 is not a dose" in answer.text(full=True)


def test_left_out_rows_leave_results_as_they_are():
    result = {"matrix": "urine", "time": SAMPLE, "outcome": "positive"}
    placebo = [dose(), {"substance": "placebo", "start": NOON}, dose(-1, status="missed")]
    alone, beside = (ketref.infer([result], doses=doses) for doses in (placebo[:1], placebo))
    assert alone.results == beside.results
    assert len(beside.notes) == 2
    assert not alone.notes


# ---------------------------------------------------------------- doses that were perhaps given


@pytest.mark.parametrize("word", ["on-hold", "unknown", "ON HOLD"])
def test_a_dose_that_was_perhaps_given_makes_possible_at_most(word):
    (test,) = asked(dose(status=word)).tests
    assert statuses(asked(dose())) == ["expected"]
    assert (test["status"], test["dose"], test["doubtful"]) == ("possible", 1, True)


def test_a_dose_that_was_perhaps_given_lifts_nothing_that_is_sure():
    answer = asked(dose(), dose(1, status="unknown"))
    assert statuses(answer) == ["expected"]
    assert (answer.tests[0]["dose"], answer.tests[0]["doubtful"]) == (1, False)


def test_a_pattern_that_only_a_doubtful_dose_shows_is_possible_at_most():
    """Two doses in one week make a positive possible that one excludes; with one of them in doubt it is no more."""
    old, new = "2026-02-25T10:00Z", "2026-03-01T10:00Z"
    at = "2026-04-10T10:00Z"
    sure = asked({"substance": "ketamine", "start": old}, {"substance": "ketamine", "start": new}, at=at)
    doubted = asked(
        {"substance": "ketamine", "start": old, "status": "on-hold"}, {"substance": "ketamine", "start": new}, at=at
    )
    assert [(t["status"], t["pattern"], t["doubtful"]) for t in sure.tests] == [("possible", "repeated", False)]
    assert [(t["status"], t["pattern"], t["doubtful"]) for t in doubted.tests] == [("possible", "repeated", True)]
    assert [pattern["pattern"] for pattern in doubted.patterns] == ["single"]


words = st.sampled_from(["taken", "on-hold"])


@given(st.lists(st.tuples(st.integers(0, 24 * 60), words), min_size=1, max_size=8), st.integers(0, 24 * 120))
@settings(max_examples=40)
def test_the_surer_a_dose_the_higher_the_status(taken, sample):
    """Not given, perhaps, given: never lower, and a doubtful dose adds nothing above `possible`."""

    def found(doubted: str) -> list[int]:
        doses = [dose(hour, status=doubted if word == "on-hold" else word) for hour, word in taken]
        answer = asked(*doses, at=NOON + HOUR * sample, matrix=MATRICES, midnight="exact")
        ranks = [-1 if status == "no_dose" else STATUSES.index(status) for status in statuses(answer)]
        return ranks or [-1] * len(MATRICES)

    possible = STATUSES.index("possible")
    for without, perhaps, surely in zip(found("missed"), found("on-hold"), found("taken"), strict=True):
        assert without <= perhaps <= surely
        assert perhaps <= max(without, possible)


# ---------------------------------------------------------------- ends that nobody knows


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2026-03-01T12:00Z", "2026-03-01T11:00Z", "lies before their `start`"),
        ("2026-03-01T12:00Z", "2026-02-28Z", "lies before their `start`"),
        ("2026-03-01T12:00Z", "9999-12-31T23:59:59Z", "lies in the year 9999"),
        ("2026-03-01T12:00Z", "9999-12-31", "lies in the year 9999"),
        ("2026-03-01Z", "2026-03-01Z", "repeats a `start` that is known to the day only"),
    ],
)
def test_an_end_that_cannot_be_is_an_unknown_end(start, end, why):
    row = {"substance": "ketamine", "start": start, "route": "nasal"}
    answer = asked({**row, "end": end})
    assert same(answer, asked(row))
    assert answer.notes == [f"1 row of the doses is taken as without a known end: their `end` {why} (row 1)"]


def test_a_day_as_end_that_is_too_late_for_one_administration_is_refused_with_a_hint_at_regimens():
    with pytest.raises(ketref.UsageError, match="is too long for one nasal administration") as error:
        asked(dose(start="2026-03-01Z", end="2026-03-14Z", route="nasal"))
    assert "frequency" in error.value.hint


def test_an_unknown_drug_is_refused_with_how_to_leave_it_out():
    result = {"matrix": "urine", "time": SAMPLE, "outcome": "positive"}
    for ask in (ketref.history, lambda doses: ketref.infer([result], doses=doses)):
        with pytest.raises(ketref.UsageError, match="dose 2: unknown substance `zzz-drug`") as error:
            ask([dose(), dose(substance="zzz-drug")])
        assert "--only" in error.value.hint


@pytest.mark.parametrize("word", ["KETAMINE HCL INJ 50MG/ML", "Ketaminum", "ketamne", "Spravato nasal"])
def test_what_may_be_one_of_those_asked_about_is_never_left_out(word):
    with pytest.raises(ketref.UsageError, match="unknown substance"):
        ketref.history([dose(), dose(substance=word)], at=SAMPLE, only="ketamine,esketamine")
    left = ketref.history([dose(), dose(substance="zzz-drug")], at=SAMPLE, only="ketamine,esketamine")
    assert "not among those asked about" in left.notes[0]


# ---------------------------------------------------------------- columns that are not read


CDISC = [
    *(
        "EXDOSE",
        "EXDOSFRQ",
        "EXENDTC",
        "EXSTDTC",
        "EXTRT",
        "EXDOSU",
        "ECOCCUR",
        "LBORRES",
        "LBSTRESN",
        "lbdtc",
        "PCTESTCD",
    ),
    *("event", "action", "frq", "Event"),
]


def test_further_columns_are_left_alone():
    answer = asked(dose(id=7, note="felt sick", comment="x", ward="3B", EXSEQ=1, DOMAIN="EX", USUBJID="1", trend="up"))
    assert same(answer, asked(dose()))
    assert not answer.notes


@pytest.mark.parametrize(
    "name", ["evid", "EVID", "unit", "frequency_text", "Dosing freq", "stop", "status_code", *CDISC]
)
def test_a_column_that_seems_to_matter_is_told(name):
    answer = asked(dose(**{name: "1"}), dose(1))
    assert answer.notes == [f"the column `{name}` of the doses is not read, though its name seems to matter"]


@pytest.mark.parametrize(
    ("name", "meant"), [("rout", "route"), ("Dose", "dose"), ("starts", "start"), ("weigth", "weight")]
)
def test_a_misspelt_column_is_refused_with_what_was_meant(name, meant):
    with pytest.raises(ketref.UsageError, match=f"unknown key `{name}`") as error:
        asked(dose(**{name: "1"}))
    assert meant in error.value.hint


def test_columns_of_results_are_treated_alike():
    result = {"matrix": "urine", "time": SAMPLE, "outcome": "positive", "remark": "x", "unit": "ng/mL"}
    answer = ketref.infer([result])
    assert answer.notes == ["the column `unit` of the results is not read, though its name seems to matter"]


# ---------------------------------------------------------------- the command line


def test_what_was_left_out_is_told_on_the_command_line(run: Run, tmp_path):
    (tmp_path / "doses.csv").write_text(
        "id,substance,start,dose,status,evid\n1,PLACEBO,2026-03-01T10:00Z,0,,1\n2,ketamine,2026-03-01T12:00Z,50 mg,,1\n"
        "3,memantine,2026-03-01T12:00Z,50 mg,,1\n"
    )
    (tmp_path / "results.csv").write_text("matrix,time,outcome\nurine,2026-03-01T16:00Z,positive\n")
    doses = str(tmp_path / "doses.csv")
    for command in (
        ("history", doses, "--at", "2026-03-01T16:00Z", "--only", "KETAMINE"),
        ("infer", str(tmp_path / "results.csv"), "--doses", doses, "--only", "ketamine"),
    ):
        ran = run(*command)
        assert ran.code == 0
        assert "Notes:" in ran.out
        told = " ".join(ran.out.split())
        assert "the column `evid` of the doses is not read" in told
        assert "0 is not a dose (row 1)" in told
        assert "`memantine` is not among those asked about (row 3)" in told


def test_every_word_of_a_status_has_one_of_four_meanings():
    assert list(shipped().vocabularies["dose_status"].terms) == ["given", "going-on", "not-given", "perhaps-given"]
