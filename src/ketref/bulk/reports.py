"""What explains the results of many reports, each of one specimen or of several of one person?

A report is read as `interpret` reads it, and what is alike is read once. Results that no substance has in common say
nothing of each other: each group of them is read once for all reports in which it is, whatever else these hold, with
the prescriptions that bear on it; and a value counts by which cutoffs of the rules it lies between. Statements ask for
the values themselves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
from attrs import evolve, field, frozen

from ketref.answers.question import concentration, possible
from ketref.answers.targets import identifies
from ketref.book.loading import Book
from ketref.book.tables import window_table
from ketref.bulk.frames import Frame, opened
from ketref.errors import UsageError, quoted
from ketref.model import times
from ketref.model.interpretations import Condition, Interpretation
from ketref.model.times import Notation
from ketref.model.units import Quantity
from ketref.model.vocabulary import ANY
from ketref.person import doses as dosed
from ketref.person import results as tested
from ketref.person.cross_reactants import causes_of
from ketref.person.interpret import interpret
from ketref.person.prescribed import Prescription, understood_prescriptions
from ketref.person.records import unsaid
from ketref.person.report import Measured, Specimen, understood_report
from ketref.person.results import Result
from ketref.person.statements import Seen, holds, interpretations, on_analytes, order_of, speaks
from ketref.person.validity import validity, without_spoilt

KEY = "specimen"
COLUMNS = ("verdict", "explained_by", "statements")
SEPARATOR = ";"
_OF_RESULT = tuple(name for name in (*tested.KEYS, *tested.ALSO) if name not in {"subject", "id"})
_LIMITS = ("lod", "loq", "comparator", "cutoff_unit")
_WHEN = ("time", "time_latest")
Row = dict[str, Any]
Told = tuple[str | None, str, str]
"""The verdict on a result, what explains it, and the statements that hold by it."""


def interpreted(
    book: Book, results: object, doses: object, prescribed: object, pattern: str, notation: Notation
) -> Any:
    """A table of the kind of `results`, with a row for each of theirs. Raises UsageError, which names the report."""
    frame = opened(results, (KEY, *_OF_RESULT))
    if KEY not in frame.columns:
        raise UsageError(
            f"the results have no column `{KEY}`", column=KEY, hint="it tells which rows are of one report"
        )
    rows = _rows(frame)
    taken = _by_key(doses, (KEY, *dosed.KEYS, *dosed.ALSO))
    regimens = _by_key(prescribed, (KEY, "prescribed"))
    reports: dict[Any, list[int]] = {}
    for place, row in enumerate(rows):
        reports.setdefault(row.pop(KEY, None), []).append(place)
    reader = Reader(book, pattern, notation)
    told: list[Told] = [(None, "", "")] * len(rows)
    for key, places in reports.items():
        texts = tuple(str(row["prescribed"]) for row in regimens.get(key, ()) if "prescribed" in row)
        try:
            found = reader.read([rows[place] for place in places], taken.get(key), texts)
        except UsageError as error:
            error.args = (f"{KEY} {quoted(key)}: {error}",)
            raise
        for place, one in zip(places, found, strict=True):
            told[place] = one
    return frame.give({name: pa.array([one[at] for one in told], pa.string()) for at, name in enumerate(COLUMNS)})


def _rows(frame: Frame) -> list[Row]:
    """The rows of a table, of each only what is said."""
    listed = {name: _values(frame, name) for name in frame.columns}
    found: list[Row] = [{} for _ in range(frame.height)]
    for name, values in listed.items():
        for row, value in zip(found, values, strict=True):
            if not unsaid(value):
                row[name] = value
    return found


def _values(frame: Frame, name: str) -> list[Any]:
    column = frame.columns[name]
    found = [value for chunk in column.chunks for value in chunk.to_pylist()]
    if (known := column.values) is not None:
        found = [None if value is None else known[value] for value in found]
    return found * frame.height if column.constant else found


def _by_key(table: object, known: Sequence[str]) -> Mapping[Any, list[Row]]:
    """The rows of a table by their report, without the key; of none where there is no table."""
    found: dict[Any, list[Row]] = {}
    for row in () if table is None else _rows(opened(table, known)):
        found.setdefault(row.pop(KEY, None), []).append(row)
    return found


@frozen(eq=False)
class Kind:
    """A row of a report but for its time and, where `by_value`, its value: what it means, as a result or a measure."""

    name: int
    row: Row
    meant: Result | Measured
    by_value: bool = False


@frozen(eq=False)
class Scheme:
    """What reports with rows of the same kinds have in common: which rows belong together, and which statements hold.

    Beside the places of a group stand the substances on whose prescriptions alone it depends; None: on all of them.
    Of the statements `open` ask for values; the others hold by the rows whose places are told.
    """

    groups: tuple[tuple[tuple[int, ...], frozenset[str] | None], ...]
    held: tuple[tuple[str, tuple[int, ...]], ...]
    open: tuple[Interpretation, ...]


@frozen(eq=False)
class Read:
    """A row of a report: its kind, its value as a concentration, and what of that counts."""

    kind: Kind
    row: Row
    value: Quantity | None = None
    key: tuple[object, ...] = field(default=())


class Reader:
    """Reads reports, and what is alike in them once."""

    def __init__(self, book: Book, pattern: str, notation: Notation) -> None:
        self.book = book
        self.pattern = pattern
        self.notation = notation
        self._kinds: dict[tuple[Any, ...], Kind | None] = {}
        self._limits: dict[tuple[int, str], tuple[int, ...]] = {}
        self._measures: dict[tuple[object, ...], Measured] = {}
        self._spoilt: dict[tuple[object, ...], bool] = {}
        self._times: dict[object, object] = {}
        self._groups: dict[tuple[Any, ...], Sequence[tuple[str | None, str]]] = {}
        self._schemes: dict[tuple[Any, ...], Scheme] = {}
        self._placed: dict[tuple[int, int], Result] = {}
        self._parts: dict[str, tuple[tuple[Condition, ...], bool, Interpretation]] = {}
        self._named: dict[str, tuple[Prescription, ...]] = {}
        self._beside: dict[tuple[object, ...], str] = {}
        self._asking = frozenset(name for one in interpretations(book) for name in (*one.declared, *one.undeclared))
        self._widths = lru_cache(1 << 16)(self._width)
        self._amount = lru_cache(1 << 18)(self._concentration)

    def read(self, rows: Sequence[Row], doses: Sequence[Row] | None, prescribed: tuple[str, ...]) -> list[Told]:
        """What is told of each row of a report. Raises UsageError."""
        named = self._prescriptions(prescribed)
        timed = doses is not None or any(one.moments for one in named)
        simple = None if timed else self._understood(rows)
        if simple is None:
            return self._as_one(rows, doses, prescribed)
        declared = tuple(sorted({one.name for one in named} & self._asking))
        width, read = simple
        measures = [self._measure(place, one) for place, one in enumerate(read) if isinstance(one.kind.meant, Measured)]
        specimen = Specimen(read[0].kind.meant.matrix, read[0].kind.meant.time, (), tuple(measures))
        spoilt = self._is_spoilt(specimen) if measures else False
        scheme = self._scheme(read, measures, declared)
        told: list[tuple[str | None, str]] = [(None, "")] * len(rows)
        for group, depending in scheme.groups:
            order = sorted(group, key=lambda place: read[place].key)
            bearing = prescribed if depending is None else self._bearing(prescribed, depending)
            key = (spoilt, width, bearing, *(read[place].key for place in order))
            if key not in self._groups:
                of_them = [self._as_first(width, read[place].row) for place in order]
                beside = [self._as_first(width, read[one.number].row) for one in measures] if spoilt else []
                self._groups[key] = self._group(of_them, beside, bearing)
            for place, one in zip(order, self._groups[key], strict=True):
                told[place] = one
        speaking = self._statements(scheme, specimen, read, spoilt, declared)
        return [(verdict, names, speaking.get(place, "")) for place, (verdict, names) in enumerate(told)]

    # ------------------------------------------------------------ prescriptions

    def _prescriptions(self, prescribed: Sequence[str]) -> list[Prescription]:
        """The prescriptions of texts. Raises UsageError, which tells the number of the one that is not understood."""
        if any(text not in self._named for text in prescribed):
            understood_prescriptions(self.book, prescribed, self.notation)
        for text in prescribed:
            if text not in self._named:
                self._named[text] = tuple(understood_prescriptions(self.book, [text], self.notation))
        return [one for text in prescribed for one in self._named[text]]

    def _bearing(self, prescribed: Sequence[str], substances: frozenset[str]) -> tuple[str, ...]:
        """The texts on some substances; of the others, of which only that they are there counts, one for all alike."""
        own = [text for text in prescribed if any(one.substance in substances for one in self._named[text])]
        sorts: dict[tuple[bool, bool], str] = {}
        for text in prescribed:
            sort = (
                not own and any(one.substance for one in self._named[text]),
                all(one.understood for one in self._named[text]),
            )
            if text not in own and sort != (False, True):
                sorts[sort] = self._beside.setdefault((substances, *sort), text)
        return (*own, *(sorts[sort] for sort in sorted(sorts)))

    def _depending(self, results: Sequence[Result], substances: set[str]) -> frozenset[str] | None:
        """The substances whose prescriptions results depend on; None where these may be of any, as of a screen."""
        for one in results:
            answering = causes_of(self.book, one.covers, one.analyte, one.matrix, one.method)
            if not one.covers or answering or not identifies(self.book, one.method):
                return None
        return frozenset(substances)

    # ------------------------------------------------------------ rows

    def _understood(self, rows: Sequence[Row]) -> tuple[object, list[Read]] | None:
        """The rows of a report of one specimen, and how wide its time is; None where it has several, or is odd."""
        when = {tuple(row.get(name) for name in _WHEN) for row in rows}
        if len(when) != 1:
            return None
        time, latest = when.pop()
        if latest is not None:
            return None
        width = None if time is None else self._widths(time)
        read = [self._read(row) for row in rows]
        if any(one is None for one in read) or len({one.kind.meant.matrix for one in read if one}) != 1:
            return None
        return width, [one for one in read if one is not None]

    def _width(self, time: object) -> int:
        found = times.instant(time, self.notation)
        return found.high - found.low

    def _read(self, row: Row) -> Read | None:
        value = row.get("value")
        key = tuple((name, said) for name, said in row.items() if name not in _WHEN and name != "value")
        known = (*key, value is None)
        if known not in self._kinds:
            self._kinds[known] = self._kind(row)
        kind = self._kinds[known]
        if kind is None or (value is not None and not kind.by_value):
            kind = self._exact((*key, value), row)
        if kind is None:
            return None
        meant: Any = kind.meant
        if not kind.by_value or value is None or isinstance(meant, Measured):
            return Read(kind, row, key=(kind.name,))
        amount = self._amount(meant.matrix, meant.analyte, str(value))
        cutoff = meant.cutoff
        if amount is None or (not meant.positive if cutoff is None else amount.base != cutoff.base):
            kind = self._exact((*key, value), row)
            return None if kind is None else Read(kind, row, key=(kind.name,))
        side = 1 if cutoff is None else (amount.value > cutoff.value) - (amount.value < cutoff.value)
        if (side >= 0) is not meant.positive:
            return None  # one contradicts the other: it is refused where it is read
        cutoffs = self._cutoffs(kind, amount)
        lies = (*_between(cutoffs, amount.value), *_between(cutoffs, amount.value + 1))
        return Read(kind, row, amount, (kind.name, amount.base, side, not amount.value, *lies))

    def _exact(self, key: tuple[Any, ...], row: Row) -> Kind | None:
        """The kind of a row whose value counts as it is."""
        if key not in self._kinds:
            self._kinds[key] = self._kind(row, exact=True)
        return self._kinds[key]

    def _concentration(self, matrix: str, analyte: str, text: str) -> Quantity | None:
        """What a value says, None where it is no plain concentration."""
        if not text[:1].isdigit() or not text[-1:].isalpha():
            return None
        try:
            return possible(self.book, concentration(self.book, matrix, analyte, text, "value"), "value", zero=True)
        except UsageError:
            return None

    def _kind(self, row: Row, exact: bool = False) -> Kind | None:
        """What a row means but for its time, and, not `exact`, its value; None where it is to be read as it is."""
        if "panel" in row:  # which tests it had, the day tells
            return None
        plain = "outcome" in row and not any(name in row for name in _LIMITS)
        by_value = not exact and "value" in row and (plain or "outcome" not in row)
        said = {name: value for name, value in row.items() if name not in _WHEN and not (by_value and name == "value")}
        if by_value and not plain:
            said["value"] = row["value"]
        try:
            report = understood_report(self.book, [said], (), None, self.notation)
        except UsageError:
            return None
        meant: Any = [*report.results, *report.measures][0]
        if isinstance(meant, Measured):
            return Kind(len(self._kinds), row, meant, by_value=True)
        if meant.analyte == ANY or meant.segment is not None or (by_value and (not plain or not meant.said)):
            return None
        return Kind(len(self._kinds), row, meant, by_value)

    def _cutoffs(self, kind: Kind, amount: Quantity) -> tuple[int, ...]:
        """The concentrations, of the kind of an amount, at which rules on a test begin or cease to hold."""
        key = (kind.name, amount.base)
        if key not in self._limits:
            meant: Any = kind.meant
            found = set()
            for name in meant.covers:
                for atom in window_table(self.book, name, meant.matrix, amount).atoms:
                    found |= {atom.conditions.cutoff, *(limit for sides in atom.holds_from for limit in sides)}
            self._limits[key] = tuple(sorted(limit for limit in found if limit is not None))
        return self._limits[key]

    def _results(self, read: Sequence[Read]) -> list[Result]:
        return [self._result(place, one) for place, one in enumerate(read) if isinstance(one.kind.meant, Result)]

    def _result(self, place: int, one: Read) -> Result:
        meant: Any = one.kind.meant
        at = (one.kind.name, place)
        if at not in self._placed:
            self._placed[at] = evolve(meant, number=place)
        found = self._placed[at]
        if one.value is None:
            return found
        above = evolve(one.value, value=one.value.value + 1)
        return evolve(found, found=evolve(found.found, between=(one.value, above)))

    def _measure(self, place: int, one: Read) -> Measured:
        key = (one.kind.name, place, one.row.get("value"))
        if key not in self._measures:
            meant: Any = one.kind.meant
            if one.row.get("value") != meant.text:
                (meant,) = understood_report(self.book, [_timeless(one.row)], (), None, self.notation).measures
            self._measures[key] = evolve(meant, number=place)
        return self._measures[key]

    def _is_spoilt(self, specimen: Specimen) -> bool:
        """Whether its measures, which are all that counts, make the negatives of a specimen exclude nothing."""
        key = (specimen.matrix, *((one.measure, one.figure, one.found) for one in specimen.measures))
        if key not in self._spoilt:
            self._spoilt[key] = any(one.spoils for one in validity(self.book, [specimen]))
        return self._spoilt[key]

    # ------------------------------------------------------------ groups

    def _as_first(self, width: object, row: Row) -> Row:
        """A row at the time of the first of those whose time is as wide: when a report is of changes nothing in it."""
        if "time" not in row:
            return row
        return {**row, "time": self._times.setdefault(width, row["time"])}

    def _group(self, rows: Sequence[Row], beside: Sequence[Row], prescribed: tuple[str, ...]) -> list[Any]:
        """The verdicts on rows that belong together, and what explains each; `beside` are measures of the specimen."""
        told = self._as_one([*rows, *beside], None, prescribed, statements=False)
        return [(verdict, names) for verdict, names, _ in told[: len(rows)]]

    def _as_one(
        self, rows: Sequence[Row], doses: Sequence[Row] | None, prescribed: tuple[str, ...], statements: bool = True
    ) -> list[Told]:
        """What `interpret` tells of each row of a report."""
        told: list[Told] = [(None, "", "")] * len(rows)
        answer = interpret(
            rows,
            doses=doses,
            prescribed=prescribed,
            pattern=self.pattern,
            rules=self.book,
            tz=self.notation.zone,
            dates=self.notation.order,
            midnight=self.notation.midnights,
        )
        speaking: dict[int, list[str]] = {}
        for one in answer.statements if statements else ():
            for number in one["results"]:
                speaking.setdefault(number, []).append(one["id"])
        for result in answer.reading.found:
            number = result.number
            names = dict.fromkeys(one.substance for one in answer.explained_by(number))
            said = (answer.verdict(number), SEPARATOR.join(names), SEPARATOR.join(speaking.get(number, ())))
            told[number - 1] = said
        return [
            (verdict, names, said or SEPARATOR.join(speaking.get(place, ())))
            for place, (verdict, names, said) in enumerate(told, 1)
        ]

    def _scheme(self, read: Sequence[Read], measures: Sequence[Measured], declared: tuple[str, ...]) -> Scheme:
        key = (declared, *(one.kind.name for one in read))
        if key not in self._schemes:
            self._schemes[key] = self._made(self._results(read), measures, declared)
        return self._schemes[key]

    def _made(self, results: Sequence[Result], measures: Sequence[Measured], declared: tuple[str, ...]) -> Scheme:
        groups: list[tuple[set[str], list[int]]] = []
        for result in results:
            names, places = set(result.covers), [result.number]
            for other in [one for one in groups if one[0] & names]:
                groups.remove(other)
                names, places = names | other[0], [*other[1], *places]
            groups.append((names, places))
        held, open_ = [], []
        rows: list[Result | Measured] = [*results, *measures]
        specimen = Specimen(rows[0].matrix, rows[0].time, tuple(results), tuple(measures))
        seen = Seen(self.book, specimen, ())
        for one in on_analytes(self.book, seen.analytes):
            if not speaks(self.book, one, specimen, declared, self.pattern):
                continue
            asked, by_value, sure = self._parted(one)
            if any(condition.earlier for condition in asked) or not all(_may_hold(each, seen) for each in asked):
                continue
            by = holds(sure, seen)
            if by is not None and by_value:
                open_.append(one)
            elif by is not None:
                held.append((one.id, tuple(sorted(by))))
        by_place = {one.number: one for one in results}
        grouped = (
            (tuple(places), self._depending([by_place[place] for place in places], names)) for names, places in groups
        )
        return Scheme(tuple(grouped), tuple(held), tuple(open_))

    def _parted(self, one: Any) -> tuple[tuple[Condition, ...], bool, Interpretation]:
        """The conditions of a statement that ask for values, whether any of it does, and the statement without them."""
        if one.id not in self._parts:
            asked, excepted = (
                tuple(condition for condition in each if _of_value(self.book, condition))
                for each in (one.when, one.unless)
            )
            sure = evolve(
                one,
                when=tuple(each for each in one.when if each not in asked),
                unless=tuple(each for each in one.unless if each not in excepted),
            )
            self._parts[one.id] = asked, bool(asked or excepted), sure
        return self._parts[one.id]

    def _statements(
        self, scheme: Scheme, specimen: Specimen, read: Sequence[Read], spoilt: bool, declared: tuple[str, ...]
    ) -> Mapping[int, str]:
        """The statements that hold by each row, by its place."""
        held: dict[str, Iterable[int]] = {} if spoilt else dict(scheme.held)
        if spoilt or scheme.open:
            results = self._results(read)
            if spoilt:
                results = without_spoilt(results, range(len(read)))
            seen = Seen(self.book, evolve(specimen, results=tuple(results)), ())
            for one in on_analytes(self.book, seen.analytes) if spoilt else scheme.open:
                speaking = not spoilt or speaks(self.book, one, seen.specimen, declared, self.pattern)
                if speaking and (by := holds(one, seen)) is not None:
                    held[one.id] = by
        found: dict[int, list[str]] = {}
        for name in sorted(held, key=order_of(self.book).__getitem__):
            for place in held[name]:
                found.setdefault(place, []).append(name)
        return {place: SEPARATOR.join(ids) for place, ids in found.items()}


def _of_value(book: Book, condition: Condition) -> bool:
    """Whether a condition asks for more than the kinds of rows tell: of a measure the value is all that it tells."""
    return condition.found is None or condition.analyte in book.vocabularies["measure"]


def _may_hold(condition: Condition, seen: Seen) -> bool:
    """Whether what a condition asks for has a value in reports of such rows, whatever that is."""
    names = [condition.analyte] if condition.over is None else [condition.analyte, condition.over]
    return all(
        any(one.measure == name for one in seen.specimen.measures)
        or any(one.found.between != (None, None) for one in seen.results(name, condition.method))
        or (name == condition.over and name in seen.book.vocabularies["measure"])
        for name in names
    )


def _between(cutoffs: Sequence[int], value: int) -> tuple[int, int]:
    return bisect_left(cutoffs, value), bisect_right(cutoffs, value)


def _timeless(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _WHEN}
