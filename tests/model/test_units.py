"""What quantity does a text with a unit name?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from ketref import UsageError
from ketref.model import conversions, units
from ketref.model.units import (
    DOSE,
    DOSE_PER_KG,
    FLUID,
    MOLAR_FLUID,
    MOLAR_SOLID,
    RATE,
    RATE_PER_KG,
    SOLID,
    WEIGHT,
)

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
    "1,500 h",
    ".5 h",
    "1. h",
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
    assert re.search(r'"\d+ [hd]', refusal.value.hint)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("36 H", 129_600),
        ("36 hours", 129_600),
        ("1 hour", 3_600),
        ("2 Days", 172_800),
        ("90 minutes", 5_400),
        ("2 weeks", 1_209_600),
        ("45 secs", 45),
        ("1 hour 30 minutes", 5_400),
        ("1 day and 12 hrs", 129_600),
        ("1 h, 30 min", 5_400),
        ("36\u00a0h", 129_600),
        ("36\u202fh", 129_600),
    ],
)
def test_a_question_may_spell_the_units_of_time_out_in_any_case_and_with_any_space(text, seconds):
    assert units.duration(text).seconds == seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("1,5 h", 5_400), ("0,25 d", 21_600), ("1 d, 1,5 h", 91_800), ("2 d, 3 h", 183_600)]
)
def test_a_comma_may_begin_decimals(text, seconds):
    assert units.duration(text).seconds == seconds
    assert units.duration(units.duration(text).text).seconds == seconds


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("1,500 h", "its comma may be a decimal point or part thousands", "1000 h"),
        ("36", "it has no unit", '"36 h"'),
        ("3 months", "months and years have no fixed length", '"89 d to 92 d"'),
        ("2 years", "months and years have no fixed length", '"730 d to 731 d"'),
        ("30-40 min", "it is a range", "give one length"),
    ],
)
def test_what_is_not_a_duration_is_told_why_and_what_to_write(text, why, hint):
    with pytest.raises(UsageError, match=f"`{text}` is not a duration: {why}") as refusal:
        units.duration(text)
    assert hint in refusal.value.hint


@pytest.mark.parametrize(("text", "base"), [("25", FLUID), ("84", DOSE), ("2.5", SOLID)])
def test_a_bare_number_is_asked_for_its_unit_with_the_usual_one(text, base):
    with pytest.raises(UsageError, match=f"{text} of what") as refusal:
        units.quantity(text, base)
    assert f'"{text} {base}"' in refusal.value.hint


@pytest.mark.parametrize("text", ["36 M", "36 mo", "36 months", "1 hour and", "1 h 30", "1 hour, more"])
def test_months_stay_refused_and_an_m_that_may_be_one_too(text):
    with pytest.raises(UsageError, match="is not a duration"):
        units.duration(text)


@pytest.mark.parametrize("text", ["01 d", "1d", "1  d", "1.0 d", "1 D", "1 day"])
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
        ("1 g/mL", FLUID, 10**15),
        ("1 g/L", FLUID, 10**12),
        ("1 mg/mL", FLUID, 10**12),
        ("1 \u00b5g/\u00b5L", FLUID, 10**12),
        ("1 g/dL", FLUID, 10**13),
        ("1 mg/g", SOLID, 10**12),
        ("1 ug/mg", SOLID, 10**12),
        ("1 g/kg", SOLID, 10**12),
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
        ("25 NM", FLUID),
        ("25 nmol/L", FLUID),
        ("84 mg, mg", DOSE),
        ("84 ml", DOSE),
        ("154 st", WEIGHT),
        ("\u0662\u0665 ng/mL", FLUID),
    ],
)
def test_an_unknown_or_foreign_unit_is_refused_with_the_units_that_are_known(text, base):
    with pytest.raises(UsageError, match="is not a number with a unit") as refusal:
        units.quantity(text, base)
    assert base in refusal.value.hint.split()


@pytest.mark.parametrize(
    ("text", "base", "kind"), [("25 pg/mg", FLUID, "mass per mass"), ("25 ng/mL", SOLID, "mass per volume")]
)
def test_a_concentration_of_another_kind_is_refused_with_its_kind_and_the_units_that_are_meant(text, base, kind):
    with pytest.raises(UsageError, match=f"`{text}` is {kind}.*what is meant here is .*: {base}") as refusal:
        units.quantity(text, base)
    assert base in refusal.value.hint.split()


@pytest.mark.parametrize(
    ("text", "base"),
    [("0.0000001 mg", DOSE), ("0.0001 pg/mL", FLUID), ("0.0000000001 kg", WEIGHT)],
)
def test_an_amount_too_fine_is_refused_not_rounded(text, base):
    with pytest.raises(UsageError, match="is finer than"):
        units.quantity(text, base)


@pytest.mark.parametrize(("text", "base"), [("999999999999 g", DOSE), ("2 g/mL", FLUID), ("9999999999 ng/mL", FLUID)])
def test_an_amount_too_large_is_refused(text, base):
    with pytest.raises(units.TooLargeError, match="is larger than"):
        units.quantity(text, base)


@pytest.mark.parametrize(
    ("text", "base", "millionths"),
    [
        ("25 NG/ML", FLUID, 25_000_000),
        ("25 Ng/Ml", FLUID, 25_000_000),
        ("25 MCG/L", FLUID, 25_000_000),
        ("25 \u00b5G/L", FLUID, 25_000_000),
        ("25\u00a0ng/mL", FLUID, 25_000_000),
        ("25\u2009ng/mL", FLUID, 25_000_000),
        ("25 ng / mL", FLUID, 25_000_000),
        ("25 ng per mL", FLUID, 25_000_000),
        ("2.5 ug/dL", FLUID, 25_000_000),
        ("1,000,000 ng/mL", FLUID, 10**12),
        ("1,000.5 ng/mL", FLUID, 1_000_500_000),
        ("500 PG/MG", SOLID, 500_000_000),
        ("84 MG", DOSE, 84_000_000),
        ("84 Mg", DOSE, 84_000_000),
        ("0.5 MG/KG", DOSE_PER_KG, 500_000),
        ("70 KG", WEIGHT, 70_000_000),
        ("12.5 mcg/kg/min", RATE_PER_KG, 750_000),
        ("0.75 mg/kg/hr", RATE_PER_KG, 750_000),
        ("10 mg per hour", RATE, 10_000_000),
        ("5 ug/s", RATE, 18_000_000),
        ("100 NMOL/L", MOLAR_FLUID, 100_000_000),
        ("0.1 \u00b5mol/L", MOLAR_FLUID, 100_000_000),
        ("100 nM", MOLAR_FLUID, 100_000_000),
        ("100 pmol/mL", MOLAR_FLUID, 100_000_000),
        ("2 nmol/g", MOLAR_SOLID, 2_000_000),
    ],
)
def test_a_question_may_write_an_amount_in_any_case_with_any_space_and_in_further_units(text, base, millionths):
    amount = units.quantity(text, base)
    assert (amount.value, amount.base, amount.read_as) == (millionths, base, "")
    with pytest.raises(UsageError):
        units.written_quantity(text, base)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,000 ng/mL", "comma"),
        ("0,5 ng/mL", "comma"),
        ("1.000,5 ng/mL", "comma"),
        ("3 x 28 ng/mL", "one dose, or several"),
        ("3x28ng/mL", "one dose, or several"),
        ("56-84 ng/mL", "range"),
        ("~100 ng/mL", "not exact"),
        ("about 100 ng/mL", "not exact"),
        ("5 mL", "concentration is missing"),
        ("10 ml/h", "concentration is missing"),
        ("100 mg/day", "many doses"),
    ],
)
def test_an_amount_that_may_mean_several_things_is_refused_with_the_reason(text, why):
    with pytest.raises(UsageError, match=f"is not a number with a unit: .*{why}") as refusal:
        units.quantity(text, FLUID)
    assert "units: " in refusal.value.hint


def test_pounds_are_kilograms_to_the_millionth_and_say_so():
    found = units.quantity("154 lb", WEIGHT)
    assert (found.value, found.read_as) == (69_853_225, "154 lb read as 69.853225 kg")


@pytest.mark.parametrize(
    ("rate", "lasted", "dose"),
    [
        ("0.75 mg/kg/h", "40 min", "0.5 mg/kg"),
        ("12.5 mcg/kg/min", "40 min", "0.5 mg/kg"),
        ("10 mg/h", "20 min", "3.333333 mg"),
        ("10 mg/h", "40 min", "6.666667 mg"),
    ],
)
def test_a_rate_makes_a_dose_in_the_time_that_it_was_given_for(rate, lasted, dose):
    given = units.quantity(rate, RATE, RATE_PER_KG)
    found = conversions.over(given, units.duration(lasted))
    assert (str(found), found.read_as) == (dose, f"{rate} over {lasted} read as {dose}")


@pytest.mark.parametrize(
    ("molar", "base", "mass", "found"),
    [
        ("100 nmol/L", FLUID, 237_700_000, "23.77 ng/mL"),
        ("1 umol/L", FLUID, 223_700_000, "223.7 ng/mL"),
        ("2 pmol/mg", SOLID, 237_700_000, "475.4 pg/mg"),
        ("0.000001 nmol/L", FLUID, 237_700_000, "0 ng/mL"),
    ],
)
def test_a_molar_mass_turns_moles_into_grams(molar, base, mass, found):
    made = conversions.by_mass(units.quantity(molar, conversions.MOLAR_OF[base]), base, mass, "xamine", "s")
    assert str(made) == found
    assert made.read_as == f"{molar} of xamine read as {found} (molar mass {mass / 10**6:g} g/mol, s)"


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
