"""What quantity does a text with a unit name?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from ketref import UsageError
from ketref.model import units
from ketref.model.units import DOSE, DOSE_PER_KG, FLUID, SOLID, WEIGHT

# ---------------------------------------------------------------- durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0 s", 0), ("90 s", 90), ("15 min", 900), ("36 h", 129_600), ("30 d", 2_592_000), ("17 wk", 10_281_600)],
)
def test_a_rule_file_and_a_question_read_a_plain_duration_alike(text, seconds):
    assert units.written_duration(text).seconds == units.duration(text).seconds == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("36h", 129_600),
        (" 36 h ", 129_600),
        ("1.5 h", 5_400),
        ("0.25 d", 21_600),
        ("1 d 12 h", 129_600),
        ("1d12h30min", 131_400),
        ("PT36H", 129_600),
        ("P1DT12H", 129_600),
        ("P2W", 1_209_600),
        ("PT90M", 5_400),
        ("P1W2DT3H4M5S", 788_645),
        ("PT000000000000036H", 129_600),
    ],
)
def test_only_a_question_may_write_a_duration_in_other_ways(text, seconds):
    assert units.duration(text).seconds == seconds
    with pytest.raises(UsageError):
        units.written_duration(text)


REFUSED = [
    "",
    " ",
    "36",
    "h",
    "-1 h",
    "+1 h",
    "1 month",
    "3 months",
    "1 y",
    "P1M",
    "P1Y",
    "P1M2D",
    "P",
    "PT",
    "P1DT",
    "NaN",
    "inf",
    "nan h",
    "inf h",
    "1e3 h",
    "1,5 h",
    ".5 h",
    "1. h",
    "1 H",
    "1 m",
    "\u0661 h",
    "1 h and more",
    "0x10 s",
]


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("read", [units.duration, units.written_duration])
def test_months_bare_numbers_and_what_is_no_number_are_no_durations(read, text):
    with pytest.raises(UsageError) as refusal:
        read(text)
    assert refusal.value.value == text
    assert "months" in refusal.value.hint


@pytest.mark.parametrize("text", ["01 d", "1d", "1  d", "1.0 d"])
def test_a_rule_file_writes_a_duration_in_one_way_only(text):
    with pytest.raises(UsageError):
        units.written_duration(text)


@pytest.mark.parametrize("text", ["100000000001 s", "999999999999 wk", "P99999999999999999999D", f"PT{'9' * 5000}S"])
def test_a_duration_beyond_the_longest_is_refused_not_cut(text):
    with pytest.raises(UsageError):
        units.duration(text)


def test_the_longest_duration_is_a_duration():
    assert units.duration("100000000000 s").seconds == units.written_duration("100000000000 s").seconds == 10**11


@pytest.mark.parametrize("text", ["0.5 s", "1.5 s", "0.0001 h", "1.0000001 d"])
def test_a_duration_finer_than_a_second_is_refused_not_rounded_in_silence(text):
    with pytest.raises(UsageError):
        units.duration(text)


def test_a_duration_keeps_the_words_of_its_source():
    assert (str(units.written_duration("3 d")), str(units.duration("PT36H"))) == ("3 d", "PT36H")


@pytest.mark.parametrize(
    ("text", "unit", "by_the_day"),
    [("8 d", "d", True), ("2 wk", "wk", True), ("192 h", "h", False), ("90 min", "min", False), ("0 s", "s", False)],
)
def test_the_length_of_a_rule_tells_the_unit_that_it_is_written_in(text, unit, by_the_day):
    length = units.written_duration(text)
    assert (length.unit, length.by_the_day) == (unit, by_the_day)


def test_durations_are_equal_and_ordered_by_their_seconds():
    assert units.duration("24 h") == units.duration("1 d") < units.duration("86401 s")


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(timedelta(hours=36), 129_600), (timedelta(seconds=1, microseconds=999_999), 1), (timedelta(0), 0)],
)
def test_a_timedelta_is_floored_to_whole_seconds(given, seconds):
    assert units.timedelta_duration(given).seconds == seconds


def test_a_negative_timedelta_is_refused():
    with pytest.raises(UsageError):
        units.timedelta_duration(timedelta(microseconds=-1))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (5_400, "90 min"),
        (86_400, "1 d"),
        (604_800, "7 d"),
        (86_401, "86401 s"),
    ],
)
def test_seconds_are_written_in_the_largest_exact_unit(seconds, text):
    assert str(units.duration_of(seconds)) == text


# ---------------------------------------------------------------- amounts


@pytest.mark.parametrize(
    ("text", "base", "millionths"),
    [
        ("25 ng/mL", FLUID, 25_000_000),
        ("25ng/ml", FLUID, 25_000_000),
        ("25 ug/L", FLUID, 25_000_000),
        ("25 mcg/L", FLUID, 25_000_000),
        ("25 \u00b5g/L", FLUID, 25_000_000),  # the micro sign
        ("25 \u03bcg/L", FLUID, 25_000_000),  # the Greek letter
        ("25 ng/L", FLUID, 25_000),
        ("0.03 ng/mL", FLUID, 30_000),
        ("0.21 mg/L", FLUID, 210_000_000),
        ("30 pg/mL", FLUID, 30_000),
        ("1 ug/mL", FLUID, 1_000_000_000),
        ("0.5 ng/mg", SOLID, 500_000_000),
        ("0.5 ug/g", SOLID, 500_000_000),
        ("500 ng/g", SOLID, 500_000_000),
        ("500 ug/kg", SOLID, 500_000_000),
        ("500 pg/mg", SOLID, 500_000_000),
        ("0.5 mg/kg", SOLID, 500_000_000),  # as CDISC spells ng/mg
        ("0.5 mg/kg", DOSE_PER_KG, 500_000),
        ("500 \u00b5g/kg", DOSE_PER_KG, 500_000),
        ("84 mg", DOSE, 84_000_000),
        ("0.084 g", DOSE, 84_000_000),
        ("28000 mcg", DOSE, 28_000_000),
        ("70 kg", WEIGHT, 70_000_000),
        ("70500 g", WEIGHT, 70_500_000),
        ("0 ng/mL", FLUID, 0),
    ],
)
def test_an_amount_becomes_millionths_of_the_unit_of_its_kind(text, base, millionths):
    amount = units.quantity(text, base)
    assert (amount.value, amount.base, amount.text) == (millionths, base, text)


def test_mg_per_kg_is_a_dose_among_doses_and_never_a_concentration_in_a_fluid():
    assert units.quantity("0.5 mg/kg", DOSE, DOSE_PER_KG).base == DOSE_PER_KG
    with pytest.raises(UsageError):
        units.quantity("0.5 mg/kg", FLUID)


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("", FLUID),
        ("25", FLUID),
        ("ng/mL", FLUID),
        ("NaN", FLUID),
        ("inf ng/mL", FLUID),
        ("nan ng/mL", FLUID),
        ("-25 ng/mL", FLUID),
        ("1e3 ng/mL", FLUID),
        ("1,000 ng/mL", FLUID),
        ("25 ng/mL ng/mL", FLUID),
        ("25 ng/mL,", FLUID),
        ("25 NG/ML", FLUID),  # M is mega
        ("25 nmol/L", FLUID),
        ("25 pg/mg", FLUID),
        ("25 ng/mL", SOLID),
        ("84 mg, mg", DOSE),
        ("84 Mg", DOSE),
        ("84 ml", DOSE),
        ("154 lb", WEIGHT),
        ("\u0662\u0665 ng/mL", FLUID),
    ],
)
def test_an_unknown_or_foreign_unit_is_refused_with_the_units_that_are_known(text, base):
    with pytest.raises(UsageError, match="is not a number with a unit") as refusal:
        units.quantity(text, base)
    assert base in refusal.value.hint.split()


@pytest.mark.parametrize(
    ("text", "base"),
    [("0.0000001 mg", DOSE), ("0.0001 pg/mL", FLUID), ("999999999999 g", DOSE), ("0.0000000001 kg", WEIGHT)],
)
def test_an_amount_too_fine_or_too_large_is_refused_not_rounded(text, base):
    with pytest.raises(UsageError, match="finer or larger"):
        units.quantity(text, base)


@pytest.mark.parametrize(
    ("dose", "weight", "per_kg"),
    [("40 mg", "80 kg", "0.5 mg/kg"), ("35 mg", "70 kg", "0.5 mg/kg"), ("100 mg", "70 kg", "1.428571 mg/kg")],
)
def test_a_weight_turns_mg_into_mg_per_kg_and_back(dose, weight, per_kg):
    body = units.quantity(weight, WEIGHT)
    found = units.per_kilogram(units.quantity(dose, DOSE), body)
    assert str(found) == per_kg
    assert abs(units.total(found, body).value - units.quantity(dose, DOSE).value) <= body.value / 10**6


@pytest.mark.parametrize(
    ("per_kg", "weight", "dose"),
    [
        ("0.5 mg/kg", "70 kg", "35 mg"),
        ("0.000001 mg/kg", "0.5 kg", "0.000001 mg"),
        ("0.000001 mg/kg", "0.4 kg", "0 mg"),
    ],
)
def test_a_derived_dose_is_rounded_to_the_nearest_millionth(per_kg, weight, dose):
    assert str(units.total(units.quantity(per_kg, DOSE_PER_KG), units.quantity(weight, WEIGHT))) == dose
