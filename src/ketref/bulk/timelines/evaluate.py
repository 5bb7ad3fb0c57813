"""What do all doses of all subjects make of all their samples?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, get_args

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen

from ketref.answers.question import says_nothing
from ketref.book.loading import Book
from ketref.bulk.answer_columns import Progress, of_numbers, of_reasons, of_words, picked, prefixed, refusal
from ketref.bulk.columns.combinations import Said
from ketref.bulk.columns.distinct import Array, extremes
from ketref.bulk.compiling import sealed, threads
from ketref.bulk.frames import opened
from ketref.bulk.noted import Notes, Told
from ketref.bulk.numbering import Numbering
from ketref.bulk.refusals import Listing, Refusal
from ketref.bulk.timelines.away import tell_years_away
from ketref.bulk.timelines.clocks import by_an_hour
from ketref.bulk.timelines.groups import Layout, aimed_at, dosed, grouped, took, with_joined
from ketref.bulk.timelines.joining import joined
from ketref.bulk.timelines.keys import KEYS, Spellings
from ketref.bulk.timelines.law import Composed, Composing, Kind, composing
from ketref.bulk.timelines.order import UNDEALT
from ketref.bulk.timelines.results import stated
from ketref.bulk.timelines.rows import (
    DECIDING,
    DOSES,
    READ,
    RESULTS,
    SAMPLES,
    DoseRows,
    Rows,
    SampleRows,
)
from ketref.bulk.timelines.shares import answered
from ketref.bulk.timelines.spoilt import Spoilers
from ketref.bulk.timelines.subjects import Subjects
from ketref.bulk.timelines.supposed import begun
from ketref.bulk.timelines.sweep import WITHHELD, Doses, Found, Samples
from ketref.bulk.timelines.verdicts import VERDICTS, verdicts
from ketref.bulk.timelines.zones import Clock
from ketref.engine.conditions import Cell
from ketref.engine.course import AFTER_DOSES, NO_DOSE, UNKNOWN
from ketref.errors import RowsError, UsageError, unknown_option
from ketref.model.kinds import ALL, CALCULATED, but_calculated, with_calculated
from ketref.model.times import HORIZON, SAY_TZ, SECOND, Instant, Notation, beside, instant
from ketref.person.regimens import Ongoing
from ketref.person.results import ALSO

COLUMNS = (
    *("sample", "substance", "status", "dose", "rule", "pattern"),
    *("elapsed_s", "elapsed_longest_s", "next_change_s", "joined", "verdict", *CALCULATED, "reject"),
)
"""The columns of answers that can be asked for."""


def by_default(of_samples: Collection[str]) -> list[str]:
    """The columns of answers where none are named, by those of the samples; besides what each is about."""
    decided = any({*of_samples}.issuperset(group) for group in DECIDING)
    return ["status", "dose", "rule", *(["verdict"] if decided else [])]


@frozen(kw_only=True)
class Asked:
    """What is asked of all samples, and how the tables are to be understood: as `evaluate` takes it."""

    book: Book
    columns: Sequence[str] | None
    calculated: bool = False
    notation: Notation
    on_error: str
    only: object = None
    ongoing: Ongoing | None = None
    known_since: object = None
    keys: str = "alike"
    prefix: str = ""

    def __attrs_post_init__(self) -> None:
        """Raises UsageError for a word that is not an option."""
        for name, allowed in (("keys", KEYS), ("ongoing", get_args(Ongoing))):
            word = getattr(self, name)
            if word is not None and not (isinstance(word, str) and word in allowed):
                raise unknown_option(f"value of `{name}`", word, allowed)

    def answered_by(self, of_samples: Collection[str]) -> list[str]:
        """The columns of the answers to samples that have some columns. Raises UsageError."""
        about = () if {"test", "substance"} & {*of_samples} else ("sample", "substance")
        found = picked(with_calculated(self._named(of_samples, about), self.calculated), COLUMNS, self.on_error)
        if "verdict" in found and not {"outcome", "value"} & {*of_samples}:
            hint = "a verdict is on one, or on a `value` that decides"
            raise UsageError(
                "the column `outcome` of the samples is missing", value="outcome", hint=hint, column="outcome"
            )
        return found

    def beside(self, of_samples: Collection[str]) -> Asked:
        """The same of samples that stay beside their answers, with the columns by their names."""
        columns = self._named(of_samples, ("substance",))
        with_it = "substance" in of_samples  # then it is that of the sample
        return evolve(self, columns=[name for name in columns if not (with_it and name == "substance")])

    def _named(self, of_samples: Collection[str], about: Sequence[str]) -> Sequence[str]:
        if isinstance(self.columns, str) and self.columns == ALL:
            decided = "verdict" in by_default(of_samples)
            return [name for name in but_calculated(COLUMNS[:-1]) if decided or name != "verdict"]
        return self.columns or [*about, *by_default(of_samples)]

    def read_of_samples(self) -> Collection[str]:
        """The columns of samples that are read."""
        if self.columns is None or (isinstance(self.columns, str) and self.columns == ALL):
            return READ
        return SAMPLES | RESULTS if "verdict" in picked(self.columns, COLUMNS, self.on_error) else SAMPLES


def evaluated(
    doses: object,
    samples: object,
    asked: Asked,
    progress: Progress | None,
    notes: Notes,
    listing: Listing | None = None,
) -> Any:
    """The answers of `evaluate`."""
    evaluator = Evaluator(asked, listing, whole=True)
    found = evaluator.answers(doses, samples, progress)
    for text in evaluator.told.texts():
        notes(text)
    return found


class Evaluator:
    """What answers the samples of two tables, which are `whole` or come in parts, each with all rows of its subjects.

    What is known of the parts before is carried: `told` is what there is to tell of all of them, and the `listing`
    lists their refused rows by the `numbers` of its present part. Parts need the `clock` of the whole tables.
    """

    def __init__(
        self, asked: Asked, listing: Listing | None = None, *, whole: bool = False, clock: Clock | None = None
    ) -> None:
        self.asked = asked
        self.told = Told()
        self.listing = listing or Listing()
        self._whole = whole
        self._clock = clock or Clock()
        self._spellings = None if asked.keys == "exact" else Spellings()
        self._composing = composing(asked.book)

    def answers(self, doses: object, samples: object, progress: Progress | None = None) -> Any:
        """The answers to the samples of a part. Raises UsageError, and RowsError for refused rows unless listed."""
        asked, told = self.asked, self.told
        book = asked.book
        taken = opened(doses, DOSES).heard(partial(says_nothing, book))
        tested = opened(samples, asked.read_of_samples()).heard(
            lambda name, value: says_nothing(book, ALSO.get(name, name), value)
        )
        columns = asked.answered_by(tested.columns)
        since = None if asked.known_since is None else instant(asked.known_since, asked.notation)
        if since is not None and "verdict" not in columns:
            hint = "give the samples an `outcome`, and ask for the `verdict`"
            message = "`known_since` bears on verdicts, and none is asked for"
            raise UsageError(message, value=asked.known_since, hint=hint)
        notation = evolve(asked.notation, tell=told.say)
        dose_rows = DoseRows(book, taken, notation, asked.ongoing)
        sample_rows = SampleRows(book, tested, dose_rows, notation)
        for rows in (dose_rows, sample_rows):
            rows.read(threads(rows.frame.height))
        dose_rows.leave_others(asked.only)
        self._clock.put([dose_rows, sample_rows])
        if self._whole:
            self._clock.close()
        if since is not None and (since := beside(since, dose_rows.zoneless)) is None:
            zone = "no time zone, unlike" if not dose_rows.zoneless else "a time zone, unlike"
            message = f"`known_since` has {zone} the times of the tables"
            raise UsageError(message, value=asked.known_since, hint=SAY_TZ)
        subjects = Subjects(dose_rows, sample_rows, self._spellings)
        if self._whole and self._spellings is not None:
            self._spellings.close()
        evaluation = Evaluation(
            book, self._composing, dose_rows, sample_rows, subjects, columns, asked, self.listing, since
        )
        found = evaluation.answers(progress)
        of_doses, of_samples = (self.listing.numbering(rows.what) for rows in (dose_rows, sample_rows))
        _tell(told, book, dose_rows, sample_rows, of_doses)
        tell_years_away(told, dose_rows, sample_rows, subjects, of_samples)
        told.clocks(sample_rows.what, evaluation.by_an_hour, of_samples)
        return tested.give(prefixed(found, asked.prefix))

    def close(self) -> None:
        """Raises UsageError for what only all parts together tell: that the tables do not go together."""
        self._clock.close()
        if self._spellings is not None:
            self._spellings.close()


def _tell(told: Told, book: Book, doses: DoseRows, samples: SampleRows, of_doses: Numbering) -> None:
    doses.tell_products(told)
    told.endless(doses.what, doses.endless)
    told.running(doses.what, np.flatnonzero(doses.running), of_doses)
    told.rounded(doses.what, doses.rounded, of_doses)
    doses.tell_implausible(told, of_doses)
    for rows in (doses, samples):
        told.unread(book, rows.what, rows.frame.others)
        told.leave_out(rows.what, rows.left_why)


class Evaluation:
    """The answers to a table of samples, over a table of doses."""

    def __init__(
        self,
        book: Book,
        composing: Composing,
        doses: DoseRows,
        samples: SampleRows,
        subjects: Subjects,
        columns: Sequence[str],
        asked: Asked,
        listing: Listing,
        known_since: Instant | None = None,
    ) -> None:
        self._listing = listing
        self.doses = doses
        self.samples = samples
        self.subjects = subjects
        self.columns = columns
        self._asked = asked
        self._book = book
        self._composing = composing
        self.by_an_hour = np.zeros(0, np.int64)
        """The samples of which an hour would change the status."""
        self._known_since = known_since

    def answers(self, progress: Progress | None) -> dict[str, pa.Array]:
        """The columns of the answers. Raises RowsError where rows are refused and that is not asked for as a column."""
        subjects = self.subjects
        if extremes(subjects.of_doses)[0] < 0:  # whose status such a dose would change is not known
            nobodys = (subjects.of_doses < 0) & ~self.doses.left
            if nobodys.any():
                raise _error(self.doses)
        doses, samples = self.doses, self.samples
        statements = None
        if "verdict" in self.columns:
            names = self.doses.named or self._book.folders[:1]
            told = took(doses, subjects, doses.substances(names), len(names))
            statements = stated(samples, *aimed_at(doses, subjects, names, told), subjects.of_samples)
            samples.refused |= statements.refused
        for rows in (doses, samples):
            if rows.refused.any() and self._asked.on_error != "reject":
                raise _error(rows)
        lying = dosed(doses, subjects)
        self._joined = made = joined(doses, lying)
        lying = with_joined(lying, doses, subjects, made)
        kind_of, kinds = _distinct(doses)
        self._substances = doses.named
        test_of, named, tests = samples.tests(self._substances)
        found = self._composing(kinds, tuple(tests), tuple(self._substances), len(doses.doubtful) > 0)
        of_ids = [self._substances.index(meant[0]["substance"]) if meant else 0 for meant in doses.meant]
        layout = grouped(lying, doses, samples, subjects, of_ids, named)
        early = sealed(samples.low) if len(samples.high) else samples.high
        lasted, every, many, doubtful = made.after(doses)
        taken = Doses(
            part=UNDEALT,
            high=doses.high,
            lasted=lasted,
            kind=kind_of,
            every=every,
            many=many,
            doubtful=doubtful,
            joined=len(doses.low),
            first=made.first,
            begun=made.begun,
            until=made.until,
        )
        tested = Samples(UNDEALT, early, layout.first, test_of, named)
        answers = answered(taken, tested, layout, found.law, self.columns, progress)
        if doses.zoneless and samples.zoneless:
            self.by_an_hour = by_an_hour(taken, tested, layout, found.law)
        withheld = answers.status == WITHHELD
        columns = self._columns(layout, found, answers)
        if any(name in CALCULATED for name in self.columns):
            from ketref.bulk.timelines.modelled import Modelled

            modelled = Modelled(doses, samples, subjects, self._asked.only, self._asked.ongoing)
            columns |= modelled.columns(layout, named, self._substances, withheld)
        if statements is not None:
            since = self._known_since
            first = begun(doses, samples, subjects) if since is None else np.full(subjects.count, since.low)
            said = verdicts(
                self._book, self._composing, statements, taken, layout, kinds, doses, samples, subjects, first
            )
            columns["verdict"] = of_words(said[layout.sample()], VERDICTS)
        return {name: columns[name] for name in self.columns}

    # ------------------------------------------------------------ answers

    def _columns(self, layout: Layout, composed: Composed, found: Found) -> dict[str, pa.Array]:
        status, withheld = found.status, found.status == WITHHELD
        undosed = withheld | (status >= NO_DOSE)
        unruled = self.samples.unruled()
        status[withheld] = UNKNOWN
        if unruled.any():
            status[unruled[self.samples.ids[layout.sample()]] & (status == NO_DOSE)] = UNKNOWN
        answers: dict[str, pa.Array] = {}
        for name in self.columns:
            if name in {"verdict", *CALCULATED}:
                continue
            if name == "sample":
                answers[name] = pa.array(self._listing.numbering(self.samples.what).of(layout.sample()))
            elif name == "status":
                answers[name] = of_words(status.view(np.int8), AFTER_DOSES)
            elif name == "substance":
                answers[name] = of_words(found.substance, self._substances)
            elif name == "dose":
                answers[name] = of_numbers(self._first_row(found.dose), found.dose < 0)
            elif name == "joined":
                answers[name] = pa.array([self._rows_of(row) for row in found.dose.tolist()], pa.string())
            elif name == "rule":
                answers[name] = of_words(found.rule, composed.rules)
            elif name == "pattern":
                answers[name] = of_words(found.pattern, composed.patterns)
            elif name == "next_change_s":
                never = found.wait >= HORIZON * SECOND
                np.floor_divide(found.wait, SECOND, out=found.wait)
                answers[name] = of_numbers(found.wait, never)
            elif name == "reject":
                answers[name] = self._reasons(withheld, layout.sample())
            else:
                seconds = found.soonest if name == "elapsed_s" else found.longest
                answers[name] = of_numbers(seconds, undosed | (np.abs(seconds) >= HORIZON))
        return answers

    def _first_row(self, dose: Array) -> Array:
        """The row of each dose; of what several rows were joined to the first of them."""
        height = len(self.doses.low)
        if len(self._joined.first):
            dose = np.where(dose < height, dose, self._joined.first[np.maximum(dose - height, 0)])
        return self._listing.numbering(self.doses.what).of(dose)

    def _rows_of(self, dose: int) -> str | None:
        """The rows that a dose was joined of, None where it is one row."""
        number = dose - len(self.doses.low)
        of = self._listing.numbering(self.doses.what)
        return None if number < 0 else " ".join(str(of(row)) for row in self._joined.rows(number))

    def _reasons(self, withheld: Array, sample: Array) -> pa.Array:
        samples, subjects = self.samples, self.subjects
        spoilers = Spoilers(self.doses, subjects.of_doses, self._listing)
        last = samples.high if len(samples.high) else samples.low

        def reason(place: int) -> str:
            row = int(sample[place])
            if samples.refused[row]:
                found = samples.refusal(row)
            else:
                found = Refusal(spoilers.reason(int(subjects.of_samples[row]), int(last[row])), code="dose-refused")
            return self._listing.add(samples.what, self._listing.numbering(samples.what)(row), found)

        return of_reasons(len(sample), np.flatnonzero(withheld), reason)


def _distinct(doses: DoseRows) -> tuple[Array, tuple[Kind, ...]]:
    """The kinds of doses, in an order that no order of rows changes, and which of them each id is."""
    kinds = [None if meant is None else _kind(*meant) for meant in doses.meant]
    distinct = tuple(sorted({kind for kind in kinds if kind is not None}, key=repr))
    numbers: dict[Kind | None, int] = {kind: number for number, kind in enumerate(distinct)}
    return np.array([*(numbers.get(kind, 0) for kind in kinds), 0], np.int32), distinct


def _kind(said: Said, cell: Cell) -> Kind:
    return Kind(said["substance"], said["infusion"].seconds if "infusion" in said else 0, cell)


def _error(rows: Rows) -> RowsError:
    return refusal(np.flatnonzero(rows.refused), rows.reason, rows.what)
