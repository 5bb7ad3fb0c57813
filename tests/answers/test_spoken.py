"""Is what a person leaves out, or says in a word of their own, filled in and echoed; and are all slips told at once?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import ketref
from ketref import UsageError


def test_a_dose_whose_sample_has_no_time_is_asked_about_as_of_now():
    taken = (datetime.now(UTC) - timedelta(hours=3)).replace(microsecond=0)
    answer = ketref.detect("ketamine", matrix="urine", taken=taken)
    assert answer.elapsed[0] in range(3 * 3600, 3 * 3600 + 60)
    assert any(f"as of now, {answer.question.at}" in one for one in answer.assumes)
    assert ketref.effects("esketamine", route="nasal-spray", taken=taken).elapsed[0] in range(3 * 3600, 3 * 3600 + 60)


def test_a_sample_without_a_dose_is_still_asked_for_it():
    with pytest.raises(UsageError, match="when was the dose"):
        ketref.detect("ketamine", matrix="urine", at="2026-03-01")


def test_a_product_of_one_route_brings_it_and_the_answer_says_so():
    answer = ketref.effects("Spravato", since="1 h")
    assert answer.question.route == "nasal-spray"
    assert (
        answer.to_dict()["phases"] == ketref.effects("esketamine", route="nasal-spray", since="1 h").to_dict()["phases"]
    )
    assert any("`Spravato` read as esketamine by the route nasal-spray" in one for one in answer.assumes)


def test_a_route_that_is_said_holds_and_a_substance_brings_none():
    assert ketref.effects("Spravato", route="oral", since="1 h").question.route == "oral"
    assert ketref.detect("esketamine", matrix="urine", since="1 h").question.route is None
    assert ketref.detect("Ketanest", matrix="urine", since="1 h").question.route is None


def test_each_specimen_is_asked_with_the_route_of_the_product():
    found = ketref.detect("Spravato", since="1 h")
    assert {answer.question.route for answer in found.answers} == {"nasal-spray"}


@pytest.mark.parametrize("weight", ["70", 70, 70.0, " 70 "])
def test_a_bare_weight_is_in_kilograms_and_echoed(weight):
    answer = ketref.detect("ketamine", matrix="urine", since="1 h", dose="35 mg", weight=weight)
    assert answer.question.weight.value == 70_000_000
    assert any("read as 70" in one and "kg" in one for one in answer.assumes)


@pytest.mark.parametrize("weight", [True, "seventy", float("nan"), -70])
def test_what_is_no_number_is_no_weight(weight):
    with pytest.raises(UsageError):
        ketref.detect("ketamine", matrix="urine", weight=weight)


def test_a_synonym_that_says_more_than_its_term_is_echoed_and_another_is_not():
    answer = ketref.detect("ketamine", matrix="first morning urine", since="1 h")
    assert "`first morning urine` read as urine" in answer.assumes
    assert not any("read as" in one for one in ketref.detect("ketamine", matrix="UR", since="1 h").assumes)


def test_a_range_may_be_written_with_one_unit():
    assert ketref.detect("ketamine", matrix="urine", since="2-3 days").elapsed == (2 * 86_400, 3 * 86_400)


def test_all_slips_of_a_question_are_told_at_once_each_with_its_hint():
    with pytest.raises(UsageError) as refusal:
        ketref.detect("ketamin", matrix="urin", method="gcms2", since="3 moons", cutoff="25", colour="red")
    said = str(refusal.value).split("\n")
    assert said[0] == "5 things cannot be understood:"
    assert [slip.value for slip in refusal.value.slips] == ["ketamin", "urin", "gcms2", "3 moons", "colour"]
    assert any("did you mean `ketamine`" in line for line in said)
    assert any("did you mean `urine`" in line for line in said)


def test_one_slip_is_told_as_it_is():
    with pytest.raises(UsageError) as refusal:
        ketref.detect("ketamine", matrix="urin", since="3 d")
    assert str(refusal.value) == "unknown matrix `urin`"
    assert not refusal.value.slips


def test_a_hint_reaches_the_traceback_and_follows_what_it_becomes():
    error = UsageError("wrong", hint="do this")
    assert error.__notes__ == ["hint: do this"]
    error.hint += "; or that"
    assert error.__notes__ == ["hint: do this; or that"]
    assert not getattr(UsageError("wrong"), "__notes__", [])


def test_another_name_of_a_keyword_is_told_as_such():
    with pytest.raises(UsageError) as refusal:
        ketref.detect("ketamine", specimen="urine")
    assert "`matrix`" in refusal.value.hint


def test_several_substances_are_asked_for_one_by_one():
    with pytest.raises(UsageError, match="is one word, not several") as refusal:
        ketref.detect(["ketamine", "esketamine"], matrix="urine")
    assert "detect_many" in refusal.value.hint


def test_a_length_of_an_array_is_one_too():
    numpy = pytest.importorskip("numpy")
    assert ketref.detect("ketamine", matrix="urine", since=numpy.timedelta64(36, "h")).elapsed == (129_600, 129_600)
