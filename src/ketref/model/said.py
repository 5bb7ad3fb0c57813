"""What may a caller give for a length of time, a moment, an amount, a factor or a record, as types?

They are for editors and type checkers; what is given is understood, or refused in words, where it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal, TypedDict

from ketref.model.units import Duration, Quantity

Length = str | timedelta | Duration
"""A length of time: "36 h", "PT36H", a timedelta, or the duration of an answer."""
Elapsed = Length | tuple[Length, Length] | list[str] | list[timedelta]
"""A length of time, or the shortest and the longest: ("24 h", "36 h"), "24 h to 36 h"."""
Moment = str | date | datetime
"""A moment: "2026-03-01T14:30+01:00", a date, "now", or a datetime."""
Zone = str | tzinfo
"""The zone of times without one: "Europe/Berlin", "+01:00", a `zoneinfo.ZoneInfo`."""
Order = Literal["dmy", "mdy", "ymd"]
"""In which order a date such as 01.03.2026 has day, month and year."""
Midnight = Literal["day", "exact"]
"""What a time at 00:00:00 is: the whole day, as whose it is often stored, or that moment."""
Amount = str | Quantity
"""A figure with its unit, "25 ng/mL", or the quantity of an answer's question."""
FactorValue = str | float | None
"""What is known of a factor: age=70, liver="moderate"."""


class Factors(TypedDict, total=False):
    """The factors of the shipped rules, so that an editor offers them and a misspelt keyword is found.

    A factor that rules of one's own add, or another word for one of these, is understood too: give it as
    `**factors`, a `dict[str, Any]`, which no type checker reads.
    """

    age: FactorValue
    bmi: FactorValue
    liver: FactorValue
    kidney: FactorValue
    genetics: FactorValue
    ancestry: FactorValue
    sex: FactorValue
    comedication: FactorValue
    health: FactorValue
    urine_ph: FactorValue
    hair_colour: FactorValue
    height: FactorValue
    drinker: FactorValue
    use_disorder: FactorValue


Record = Mapping[str, object] | object
"""A dose or a result: a mapping, or an object with such attributes."""
