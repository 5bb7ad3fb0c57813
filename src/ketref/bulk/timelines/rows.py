"""What does each row of a table of doses, or of samples, say: what, and when?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from ketref.answers import plausibility
from ketref.answers.panels import Days
from ketref.answers.question import (
    LONGEST_ADMINISTRATION,
    STILL_GOING_ON,
    concentration,
    may_go_on,
    understand,
    what_is_said,
)
from ketref.answers.segments import segment
from ketref.answers.targets import Cover, measured_after, target, test_meant
from ketref.book.loading import Book
from ketref.book.panels import find_panel, panels_of
from ketref.book.tables import all_of
from ketref.bulk.alike import READ_TOGETHER
from ketref.bulk.columns.amounts import DoseCoder, written
from ketref.bulk.columns.combinations import (
    Combinations,
    Said,
    SubstanceCoder,
    cell_of,
    coders,
    lasting_column,
    lengths_told_apart,
)
from ketref.bulk.columns.distinct import BAD, NONE, Array, Coder, Meanings, WordCoder
from ketref.bulk.columns.durations import InfusionCoder, Lasted, Unsaid
from ketref.bulk.columns.moments import TimeReader
from ketref.bulk.columns.segments import segment_coder
from ketref.bulk.compiling import at_once, sealed
from ketref.bulk.frames import Column, Frame
from ketref.bulk.noted import Told
from ketref.bulk.numbering import Numbering
from ketref.bulk.plausibility import NOTHING, Outside
from ketref.bulk.questions import TELLING_APART
from ketref.bulk.refusals import Refusal, refusal_of, said_in
from ketref.bulk.timelines.eras import Eras
from ketref.bulk.timelines.law import Test
from ketref.bulk.timelines.regimens import Regimens
from ketref.engine.conditions import Cell
from ketref.engine.table import Table
from ketref.errors import UsageError
from ketref.model import units
from ketref.model.axes import OF_ONE_DOSE, OF_SPECIMEN, OF_TEST, with_units
from ketref.model.kinds import WINDOW
from ketref.model.times import PLAIN, SAY_TZ, Notation
from ketref.model.vocabulary import ANY
from ketref.person import outcomes, regimens, results
from ketref.person.doses import ALSO, Dose, is_nothing, status_said, understood_dose, unknown_end
from ketref.person.others import Others, Why
from ketref.person.panels import by_panel
from ketref.person.records import fields, span_of, unsaid
from ketref.person.regimens import Ongoing
from ketref.person.results import Finding, finding_of

DOSES = {
    *("subject", "substance", "status", "start", "taken", "start_latest", "end", "duration"),
    *with_units(OF_ONE_DOSE),
    "weight_unit",
    *regimens.KEYS,
}
SAMPLES = {"subject", "test", "substance", *with_units(OF_TEST), *OF_SPECIMEN, "panel", "time", "time_latest"}
"""The columns that are read."""
RESULTS = {*outcomes.KEYS} - SAMPLES
"""Those that say what was found in a sample."""
DECIDING = (("outcome",), ("value", "cutoff"))
"""The columns of which one or the other tell what was found; a value alone does only where it is a word."""
READ: Mapping[str, Sequence[Sequence[str]]] = {**dict.fromkeys(SAMPLES, ((),)), **dict.fromkeys(RESULTS, DECIDING)}
"""The columns of samples that are read where nothing is asked for, those of results only beside what decides."""
FINDINGS = (SAMPLES | RESULTS) - {"subject", "time", "time_latest"}
"""Those that are read of a result."""


class Rows:
    """The rows of a table, read: of each the id of what is said, an index into `said`, and when.

    `naive` and `kind` tell of each moment whether it has no zone, and how it is written. `meant` holds for each id what
    it says and asks of the tables, None where that is refused. `refused` tells which rows are not understood, `left`
    which are left out: they are neither asked nor refused, whatever they say, and `untimed` of which no time is. Where
    `high` is empty, all moments are exact; where `lasted` is, no duration is known.
    """

    what: str
    timed: str  # the column of the times
    required: tuple[str, ...]

    def __init__(
        self, book: Book, frame: Frame, found: Mapping[str, Coder], when: TimeReader, notation: Notation
    ) -> None:
        self.book = book
        self.notation = notation
        self.frame = frame
        height = frame.height
        self._combinations = Combinations(found)
        self._when = when
        lasting = found.get("infusion")
        self._lasting = lasting if isinstance(lasting, InfusionCoder) else None
        self.ids = np.zeros(height, np.int32)
        self.low = np.zeros(0, np.int64)
        self.high = np.zeros(0, np.int64)
        self.lasted = np.zeros(0 if self._lasting is None else height, np.int64)
        self.naive = np.zeros(height, bool)
        self.kind = np.zeros(height, np.int8)
        self.refused = np.zeros(height, bool)
        self.left = np.zeros(height, bool)
        self.left_why: dict[str, int] = {}  # how many, by the reason
        self.untimed = np.zeros(height, bool)
        self.zoneless = False  # whether the times that count have no zone
        self.meant: list[tuple[Said, Cell] | None] = []

    def read(self, threads: int) -> None:
        """Read all rows."""
        whole = self._when.whole()
        if whole is None:
            self.low = np.empty(self.frame.height, np.int64)
        else:
            self.low = whole.low
            if whole.naive[0]:  # pages of zeros take no memory until they are written
                self.naive[:] = True
        blocks = list(self.frame.blocks(READ_TOGETHER))
        highs = list(at_once(partial(self._block, whole is None), blocks, threads))
        if any(high is not None for _, _, high in highs):
            self.high = self.low.copy()
            for start, stop, high in highs:
                if high is not None:
                    self.high[start:stop] = high
        self.low, self.high = sealed(self.low), sealed(self.high)
        self._understand(self._combinations.said)
        bad = np.array([meaning is None for meaning in self.meant], bool)
        if bad.any():
            self.refused |= bad[self.ids]

    def _block(self, timed: bool, block: tuple[int, int]) -> tuple[int, int, Array | None]:
        start, stop = block
        self.ids[start:stop] = self._combinations.ids(start, stop)
        high = None
        if timed:
            times = self._when.read(start, stop)
            self.low[start:stop] = times.low
            self.naive[start:stop] = times.naive
            if times.kind.any():
                self.kind[start:stop] = times.kind
            if not times.fine.all():
                self.refused[start:stop] = self.untimed[start:stop] = ~times.fine
            high = times.high
        if self._lasting is not None:
            self.lasted[start:stop] = self._lasting.seconds(start, stop)
            self.refused[start:stop] |= self.lasted[start:stop] == BAD
        return start, stop, high

    def _understand(self, said: Sequence[Said | None]) -> None:
        """What the ids mean, of each of which it is known what it says."""
        self.meant = [self._meaning(each) for each in said]

    def _meaning(self, said: Said | None) -> tuple[Said, Cell] | None:
        if said is None or any(name in self.frame.columns and name not in said for name in self.required):
            return None
        try:
            return said, cell_of(self.book, {"substance": next(iter(self.book.folders)), **said})
        except UsageError:
            return None

    def leave_out(self, numbers: Array, reasons: Sequence[str]) -> None:
        """Leave out the rows that have the number of one of some reasons, from 1; 0 is none.

        Those that are left out already stay so for their reason.
        """
        counts = np.bincount(numbers[~self.left], minlength=len(reasons) + 1)[1:].tolist()
        for why, count in zip(reasons, counts, strict=True):
            if count:
                self.left_why[why] = self.left_why.get(why, 0) + count
        self.left |= numbers > 0
        self.refused &= ~self.left

    def on_clock(self) -> Array:
        """Which rows say a time that compares with those of the others."""
        found: Array = ~self.untimed & (self.naive == self.zoneless)
        return found

    def substances(self, known: Sequence[str]) -> list[int]:
        """The number of the substance that each id names; 0 where that is refused."""
        return [known.index(meant[0]["substance"]) if meant else 0 for meant in self.meant]

    def reason(self, row: int) -> str:
        """Why a row is refused."""
        return self.refusal(row).reason

    def refusal(self, row: int) -> Refusal:
        """Why a row is refused, in the words in which it would be alone, and which cell is to blame."""

        def ask(given: dict[str, Any]) -> None:
            for name in ("subject", *self.required):
                if name in given and not isinstance(given[name], str) and unsaid(given[name]):
                    raise UsageError(f"`{name}` is null", column=name)
            self._alone({name: value for name, value in given.items() if value is not None})
            if not self.untimed[row] and self.naive[row] != self.zoneless:
                zone = "no" if self.naive[row] else "a"
                message = f"its time has {zone} time zone, unlike that of other rows"
                raise UsageError(message, hint=SAY_TZ, column=self.timed)

        return refusal_of(self.frame, row, ask)

    def _alone(self, given: dict[str, Any]) -> None:
        raise NotImplementedError


STATUSES = (*("given", "not-given"), *("perhaps-given", "going-on"))
"""What the status of a row says of it."""
_OTHER = {"not asked": "of `{}`, which is not asked for", "no rule": "of `{}`, a drug that no rule covers"}
"""Why a dose of something else is left out."""
NOT, PERHAPS, GOING_ON = (STATUSES.index(status) for status in STATUSES[1:])
DOUBTFUL, LATER_DOUBTFUL = 1, 2
"""What is written of a row that was perhaps given, and of one whose later doses were."""


class DoseRows(Rows):
    """The rows of a table of doses.

    A row stands for `many` doses, one `every` so many microseconds (0: it is one dose), and is `doubtful` (1) where it
    was perhaps given, or (2) where its later doses were; these are empty where no row is such.
    """

    what = "doses"
    timed = "start"
    required = ("substance",)

    def __init__(
        self,
        book: Book,
        frame: Frame,
        notation: Notation = PLAIN,
        ongoing: Ongoing | None = None,
    ) -> None:
        columns = dict(frame.columns)
        if "taken" in columns:
            if "start" in columns:
                raise UsageError("`taken` and `start` are two names of one column", hint="keep one of them")
            columns["start"] = columns["taken"]
        _need(columns, self.what, ("subject", "substance", *_one_of(columns, "start", "start_latest")))
        self.book, self.frame = book, frame
        when = TimeReader(columns.get("start"), columns.get("start_latest"), notation)
        said, end = lasting_column(columns), columns.pop("end", None)
        self._substance = SubstanceCoder(book, columns["substance"])
        told = self.told if end is not None or TELLING_APART & set(columns) else ()
        self._status = columns.get("status")
        self._amount = columns.get("dose")
        self._regimens = Regimens(book, columns, end, when, notation, ongoing)
        lasting = None
        if said is not None or end is not None:
            lasting = Lasted(said, end, when, self._regimens.stand_for_many, notation)
        found = coders(book, _without(columns, "infusion", "duration"), told, self._substance, lasting)
        super().__init__(book, frame, found, when, notation)
        self._lasted = lasting
        self.endless = 0  # rows whose end stands for none
        self._rounded: list[Array] = []
        self.running = np.zeros(0, bool)  # whether each row is still running, empty where none is
        dose = found.get("dose")
        self._dose = dose if isinstance(dose, DoseCoder) else None
        self._outside = Outside(book)
        self.others = np.zeros(0, np.int64)
        self.other_drugs: list[str] = []
        """Of each row the number, from 1, of the other drug that it is left out for, empty where none is; and these."""
        self._length = InfusionCoder(Unsaid(), lengths_told_apart(book, told))
        self._ongoing = ongoing
        self.every = np.zeros(frame.height if self._regimens else 0, np.int64)
        self.many = np.zeros(len(self.every), np.int64)
        self._all_the_time = np.zeros(len(self.every), bool)
        perhaps = self._status is not None or ongoing == "unknown"
        self.doubtful = np.zeros(frame.height if perhaps else 0, np.uint8)

    @cached_property
    def told(self) -> list[Table]:
        """The tables that tell which amounts are told apart, in the doses and in tests after them."""
        return all_of(self.book, self._substance.named(self.frame.blocks(READ_TOGETHER, ("substance",))), WINDOW.file)

    @property
    def named(self) -> list[str]:
        """The substances that the rows name, once they are read, in the order of the book."""
        there = {meant[0]["substance"] for meant in self.meant if meant}
        return [name for name in self.book.folders if name in there]

    def read(self, threads: int) -> None:
        """Read all rows, and leave out those that are no dose."""
        super().read(threads)
        if self._status is not None:
            said = self._each(self._status, lambda word: STATUSES.index(status_said(self.book, word)))
            self.refused |= said == BAD
            self.doubtful[said == PERHAPS] = DOUBTFUL
            self.leave_out(np.where(said == NOT, 1, 0), ["not given, by their `status`"])
            self._go_on(np.flatnonzero((said == GOING_ON) & ~self.left))
        if self._all_the_time.any():
            routes = [meant[0].get("route") if meant else None for meant in self.meant]
            fine = np.array([may_go_on(self.book, route) for route in routes])
            known = self.lasted >= 0 if len(self.lasted) else np.zeros(self.frame.height, bool)
            self.refused |= self._all_the_time & ~(fine[self.ids] & known) & ~self.left
        if self._amount is not None and self.refused.any():  # an amount of 0 is one that cannot be
            self.leave_out(self._each(self._amount, is_nothing) == 1, ["of 0, which is not a dose"])
        if self._lasted is not None and (self.lasted == NONE).any():
            self.endless = sum(self._lasted.unknown(*block) for block in self.frame.blocks(READ_TOGETHER))
        if not self.every.any():
            self.every = self.many = self.every[:0]
        if not self.doubtful.any():
            self.doubtful = self.doubtful[:0]

    def _go_on(self, rows: Array) -> None:
        """Let some rows be running whose end is not known and whose route lets them: each has an id of its own then."""
        if len(self.every):
            rows = rows[self.every[rows] == 0]
        if len(self.lasted):
            rows = rows[self.lasted[rows] == NONE]
        for number in np.unique(self.ids[rows]).tolist():
            meant = self.meant[number]
            if meant is None or not may_go_on(self.book, meant[0].get("route")):
                rows = rows[self.ids[rows] != number]
                continue
            said = {**meant[0], "infusion": LONGEST_ADMINISTRATION}
            self.ids[rows[self.ids[rows] == number]] = len(self.meant)
            self.meant.append((said, cell_of(self.book, said)))
        if len(rows):
            self.lasted = self.lasted if len(self.lasted) else np.full(self.frame.height, NONE)
            self.lasted[rows] = STILL_GOING_ON.seconds
            self.running = np.zeros(self.frame.height, bool)
            self.running[rows] = True

    def _each(self, column: Column, meaning: Callable[[object], int]) -> Array:
        """What each row of a column means: 0 where it says nothing, `BAD` where it is not understood."""

        def number(value: object) -> list[int]:
            try:
                return [meaning(value)]
            except UsageError:
                return [BAD]

        meant = Meanings(column, number, [0])
        found = np.zeros(self.frame.height, np.int64)
        for start, stop in self.frame.blocks(READ_TOGETHER, (column.name,)):
            found[start:stop] = meant.rows(start, stop)[0]
        return found

    def _block(self, timed: bool, block: tuple[int, int]) -> tuple[int, int, Array | None]:
        found = super()._block(timed, block)
        start, stop = block
        given = None if self._dose is None else self._dose.coded(start, stop)
        lasted = self.lasted[start:stop] if self._lasting is not None else NOTHING
        self._outside.look(self._combinations.said, self.ids[start:stop], start, given, lasted, NOTHING)
        if self._regimens:
            read = self._regimens.read(start, stop)
            self.every[start:stop], self.many[start:stop] = read.every, read.many
            self.refused[start:stop] |= read.refused
            if read.all_the_time.any():
                self._all_the_time[start:stop] = read.all_the_time
            if read.perhaps.any():
                self.doubtful[start:stop][read.perhaps] = LATER_DOUBTFUL
            if read.rounded.any():
                self._rounded.append(np.flatnonzero(read.rounded) + start)
        return found

    # ------------------------------------------------------------ what several rows are together

    def amounts(self, rows: Array) -> tuple[Array, Array]:
        """The doses of some rows, in their order, in mg and in mg/kg, in millionths; `NONE` where not known."""
        mass, per_kg = np.full(len(rows), NONE), np.full(len(rows), NONE)
        for start, stop in self.frame.blocks(READ_TOGETHER):
            first, last = np.searchsorted(rows, (start, stop))
            if first < last and self._dose is not None:
                found = self._dose.read(start, stop)
                mass[first:last], per_kg[first:last] = (
                    np.broadcast_to(amounts, (stop - start,))[rows[first:last] - start]
                    for amounts in (found.mass, found.per_kg)
                )
        return mass, per_kg

    def digits(self, mass: Array, per_kg: Array, seconds: Array) -> tuple[Array, Array]:
        """The digits of doses in mg and mg/kg, in millionths, and of how long they lasted."""
        dose = self._dose.digits(mass, per_kg) if self._dose is not None else np.zeros(len(mass), np.int64)
        return dose, self._length.digits(seconds)

    def said(self, dose: int, length: int) -> dict[str, Any]:
        """What the digits of a dose and of a length say."""
        found: dict[str, Any] = {"infusion": self._length.said(length)}
        if self._dose is not None:
            found["dose"] = self._dose.said(dose)
        return found

    def tell_products(self, told: Told) -> None:
        """Tell how the products were read that rows name without a route."""
        told.products(self._substance.texts() if self._combinations.by_product else ())

    def leave_others(self, only: object) -> None:
        """Leave out the doses of known other drugs and, where `only` names some substances, of those not among them.

        A word that is not understood but looks like one of theirs stays refused.
        """
        if only is None and not self.refused.any():
            return
        others = Others(self.book, only)
        reasons: dict[tuple[Why, str] | None, int] = {None: 0}
        words = self.frame.columns["substance"]
        found = self._each(words, lambda word: reasons.setdefault(others.why(word), len(reasons)))
        self.others = np.where(self.left, 0, found)
        self.other_drugs = [why[1] for why in reasons if why]
        self.leave_out(found, [_OTHER[why[0]].format(why[1]) for why in reasons if why])

    def left_named(self, known: Sequence[str]) -> Array:
        """Of each row that is left out the number, from 1, of the one of some substances that it names; else 0."""

        def number(word: object) -> int:
            name = self.book.named_by(word)
            return known.index(name) + 1 if name in known else 0

        found = np.maximum(self._each(self.frame.columns["substance"], number), 0)
        return np.where(self.left, found, 0)

    @property
    def rounded(self) -> Array:
        """The rows that count and go on to the dose that was nearly due at their end."""
        rows = np.sort(np.concatenate([np.zeros(0, np.int64), *self._rounded]))
        found: Array = rows[~(self.refused | self.left)[rows]]
        return found

    def tell_implausible(self, told: Told, number: Numbering) -> None:
        """Tell of the rows that lie far outside everything that the book speaks of."""
        rows = self._outside.rows
        told.implausible(self.what, rows[~(self.refused | self.left)[rows]], self._far, number)

    def _far(self, row: int) -> list[str]:
        given = {name: value for name, value in said_in(self.frame, row).items() if value is not None}
        return plausibility.implausible(self.book, self._dose_of(given).as_said)

    def _alone(self, given: dict[str, Any]) -> None:
        self._dose_of(given)

    def _dose_of(self, given: dict[str, Any]) -> Dose:
        """The dose that a row says, by its columns. Raises UsageError."""
        if "duration" in given:
            given["infusion"] = given.pop("duration")
        if "weight_unit" in given:
            given["weight"] = written(given["weight"], given.pop("weight_unit"), units.WEIGHT)
        known = (*given,)
        also = {k: v for k, v in ALSO.items() if k in given}
        row = what_is_said(self.book, fields(given, known, also))
        if unknown_end(row, self.notation):
            del row["end"]
        return understood_dose(self.book, row, ongoing=self._ongoing, notation=self.notation)


OTHER = ""  # which is no term
"""Instead of what a test is for, or of an analyte, where the book has no rules on that: such a result says nothing."""


class SampleRows(Rows):
    """The rows of a table of samples; `test` (also `substance`) is what a test is for, where that is said.

    A sample is asked about substances of the `doses` alone.
    """

    what = "samples"
    timed = "time"
    required = ("matrix",)

    def __init__(self, book: Book, frame: Frame, doses: DoseRows, notation: Notation = PLAIN) -> None:
        columns = frame.columns
        self._with_results = "outcome" in columns or "value" in columns
        _need(columns, self.what, ("subject", "matrix", *_one_of(columns, "time", "time_latest")))
        if "test" in columns and "substance" in columns:
            raise UsageError("`test` and `substance` are two names of one column", hint="keep one of them")
        when = TimeReader(columns.get("time"), columns.get("time_latest"), notation)
        told = doses.told if TELLING_APART & set(columns) else ()
        found = coders(book, _without(columns, "substance"), told)
        if "segment" in columns:
            found["segment"] = segment_coder(columns["segment"], frame.blocks(READ_TOGETHER, ("segment",)))
        named = columns.get("test", columns.get("substance"))
        if named is not None:
            words = (*book.folders, *book.vocabularies["analyte"].terms)
            found["test"] = WordCoder(named, tuple(dict.fromkeys([*words, OTHER])), self._test)
        if self._with_results and "analyte" in columns:
            words = (*book.vocabularies["analyte"].terms, OTHER)
            found["analyte"] = WordCoder(columns["analyte"], words, self._analyte)
        panels = None
        if "panel" in columns:
            words = (*(panel.id for panel in panels_of(book)), OTHER)
            found["panel"] = panels = WordCoder(columns["panel"], tuple(dict.fromkeys(words)), self._panel)
        super().__init__(book, frame, found, when, notation)
        named_panels = panels.named(frame.blocks(READ_TOGETHER, ("panel",))) if panels is not None else []
        self._eras = Eras(find_panel(book, name) for name in named_panels)
        self.era = np.zeros(0, np.int64)  # of each row, empty where no panel was ever changed

    def _understand(self, said: Sequence[Said | None]) -> None:
        """A panel means of each sample the test that was done when it was taken: what was asked then has its own id."""
        if self._eras:
            self.era = self._eras.of(self.low, self.high if len(self.high) else self.low, self.naive)
            apart = self.ids.astype(np.int64) * self._eras.many + self.era
            ids = np.zeros(len(said) * self._eras.many, np.int32)
            ids[apart] = 1
            kinds = np.flatnonzero(ids)
            ids[kinds] = np.arange(len(kinds))
            self.ids = ids[apart]
            which = [divmod(kind, self._eras.many) for kind in kinds.tolist()]
        else:
            which = [(number, 0) for number in range(len(said))]
        self.meant = [self._meaning(self._by_panel(said[number], self._eras.days(era))) for number, era in which]

    def sampled(self, row: int) -> Days | None:
        """Days on which each panel did what it did when a sample was taken, None where that is not known."""
        return self._eras.days(int(self.era[row]) if len(self.era) else 0)

    def _panel(self, word: object) -> str:
        panel = find_panel(self.book, units.text_of(word))
        return OTHER if panel is None else panel.id

    def _test(self, word: object) -> str:
        return OTHER if self.book.is_other_drug(word) else test_meant(self.book, word)

    def _analyte(self, word: object) -> str:
        """The analyte; whether the row may have one that the book does not know, `finding` says."""
        known = self.book.vocabularies["analyte"]
        return known.resolve(word) if known.knows(word) else OTHER

    def finding(self, given: Mapping[str, Any], taken: Collection[str] = (), sampled: Days | None = None) -> Finding:
        """What a row, `sampled` on some days, says was found of a subject who took some. Raises UsageError."""
        said = what_is_said(self.book, fields(given, results.KEYS, results.ALSO))
        return finding_of(self.book, said, list(self.book.folders), taken, sampled)

    def unruled(self) -> Array:
        """Of each id whether its test is one that no rule of the book speaks of."""
        return np.array([*(meant is not None and OTHER in _aims(meant[0]) for meant in self.meant), False], bool)

    def tests(self, substances: Sequence[str]) -> tuple[Array, Array, list[Test]]:
        """Of each id the number of its first test, and whether it says what that is for; and all kinds of tests.

        One that does not is asked about each of some substances, one after the other. No order of rows changes theirs.
        """
        keys = [None if meant is None else _test_of(*meant) for meant in self.meant]
        asked = {
            key: meant for key, meant in zip(keys, self.meant, strict=True) if key is not None and meant is not None
        }
        numbers: dict[object, int] = {}
        found: list[Test] = []
        for key in sorted(asked, key=repr):
            numbers[key] = len(found)
            found += self._asked(*asked[key], substances)
        said = [meant[0] if meant else {} for meant in self.meant]
        named = ["test" in each or each.get("analyte") == OTHER for each in said]
        return np.array([*(numbers.get(key, 0) for key in keys), 0], np.int64), np.array([*named, True], bool), found

    def _asked(self, said: Said, cell: Cell, substances: Sequence[str]) -> list[Test]:
        if OTHER in _aims(said):
            return [Test(cell, {})]
        part = segment(self.book, str(cell.matrix), said["segment"]) if "segment" in said else None
        if "test" not in said:
            measured, method = said.get("analyte", ANY), said.get("method")
            covers = {name: Cover(True, measured_after(self.book, name, measured, method)) for name in substances}
            return [Test(cell, {name: cover}, said.get("cutoff"), part) for name, cover in covers.items()]
        aimed = target(self.book, said["test"], said.get("analyte"), said.get("method"))
        return [Test(cell._replace(analyte=aimed.analyte), aimed.covers, said.get("cutoff"), part)]

    def _meaning(self, said: Said | None) -> tuple[Said, Cell] | None:
        if said and OTHER in _aims(said):
            found = super()._meaning({name: value for name, value in said.items() if value != OTHER})
            return found and (said, found[1])
        found = super()._meaning(said)
        if found and said and "test" in said:
            try:
                target(self.book, said["test"], said.get("analyte"), said.get("method"))
            except UsageError:
                return None
        return found

    def _by_panel(self, said: Said | None, sampled: Days | None) -> Said | None:
        """What is said, with what its panel fills in; an aim that the book does not know tells of no test."""
        if not said or "panel" not in said:
            return said
        given = said if OTHER in _aims(said) else by_panel(self.book, said, sampled)[0]
        found = {axis: value for axis, value in given.items() if axis != "panel"}
        if "cutoff" in found and "cutoff" not in said:
            analyte, matrix = found.get("analyte"), str(found["matrix"])
            found["cutoff"] = concentration(self.book, matrix, analyte, found["cutoff"], "cutoff")
        return found

    def _alone(self, given: dict[str, Any]) -> None:
        if "time" not in given and "time_latest" not in given:
            raise UsageError("`time` is null")
        when = span_of(given.get("time"), given.get("time_latest"), "time", self.notation)
        if self._with_results:
            (era,) = self._eras.of(*(np.array([each]) for each in (when.low, when.high, when.naive))).tolist()
            self.finding(given, sampled=self._eras.days(era))
        given = {name: value for name, value in given.items() if not self._is_other(name, value)}
        said = {name: given[name] for name in (*OF_TEST, *OF_SPECIMEN) if name in given}
        if "cutoff" in said:
            said["cutoff"] = written(said["cutoff"], given.get("cutoff_unit"))
        asked = understand(self.book, next(iter(self.book.folders)), **said)
        if (test := given.get("test", given.get("substance"))) is not None:
            target(self.book, test_meant(self.book, test), asked.analyte, asked.method)

    def _is_other(self, name: str, value: object) -> bool:
        if name == "analyte":
            return self._with_results and self._analyte(value) == OTHER
        return name in {"test", "substance"} and self._test(value) == OTHER


def _test_of(said: Said, cell: Cell) -> tuple[object, ...]:
    """What tells a test from others."""
    base = said["cutoff"].base if "cutoff" in said else None
    return (cell, base, *(said.get(name) for name in ("test", "analyte", "segment")))


def _aims(said: Said) -> tuple[object, object]:
    """What a test is for, and its analyte."""
    return said.get("test"), said.get("analyte")


def _need(columns: Collection[str], what: str, names: Sequence[str]) -> None:
    for name in names:
        if name not in columns:
            there = ", ".join(f"`{column}`" for column in columns) or "none that is known"
            hint = f"columns of the {what}: {there}"
            raise UsageError(f"the column `{name}` of the {what} is missing", value=name, hint=hint, column=name)


def _one_of(columns: Collection[str], first: str, latest: str) -> tuple[str, ...]:
    """The column of moments that must be there: the first one, or only that of the latest that each may be."""
    return () if latest in columns else (first,)


def _without(columns: Mapping[str, Column], *names: str) -> dict[str, Column]:
    return {name: column for name, column in columns.items() if name not in names}
