"""What do all doses of all subjects make of all their samples?"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen

from ketref.answering import Progress, all_of, picked, refusal, rule_ids, threads
from ketref.coding import Array
from ketref.combining import Said
from ketref.compiling import compiled
from ketref.composing import Composed, Kind, composed
from ketref.conditions import Cell
from ketref.course import OPEN, STATUSES, UNKNOWN
from ketref.errors import RowsError
from ketref.frames import opened
from ketref.leading import work
from ketref.loading import Book
from ketref.prevailing import NO_DOSE, NONE, SECOND, WITHHELD, Doses, Found, Groups, Samples, prevail
from ketref.recorded import DOSES, SAMPLES, DoseRows, Rows, SampleRows, refuse_mixed_times
from ketref.subjects import arranged, identified
from ketref.table import Table

COLUMNS = (
    *("sample", "substance", "status", "dose", "rule", "pattern"),
    *("elapsed_s", "elapsed_longest_s", "next_change_s", "reject"),
)
"""The columns of answers that can be asked for."""
SHARE = 1 << 16  # events that are answered together
_WORDS = (*STATUSES, "no_dose")


def evaluated(
    doses: object,
    samples: object,
    columns: Sequence[str] | None,
    book: Book,
    on_error: str,
    progress: Progress | None,
) -> Any:
    """The answers of `evaluate`."""
    taken, tested = opened(doses, DOSES), opened(samples, SAMPLES)
    if columns is None:
        columns = ("status", "dose", "rule") if "substance" in tested.columns else ("sample", *COLUMNS[1:5])
    asked = picked(columns, COLUMNS, on_error)

    def tables() -> list[Table]:
        return all_of(book, "windows")

    dose_rows, sample_rows = DoseRows(book, taken, tables), SampleRows(book, tested, tables)
    for rows in (dose_rows, sample_rows):
        rows.read(threads())
    refuse_mixed_times([dose_rows, sample_rows])
    return tested.give(Evaluation(book, dose_rows, sample_rows, asked, on_error).answers(progress))


@frozen(eq=False)
class Lying:
    """Which rows belong together, and where the answers of each sample are: as many as `counts`, from `first` on."""

    doses: Array
    samples: Array
    groups: Groups
    substance: Array
    first: Array
    counts: Array | None
    places: int


class Evaluation:
    """The answers to a table of samples, over a table of doses."""

    def __init__(self, book: Book, doses: DoseRows, samples: SampleRows, columns: Sequence[str], on_error: str) -> None:
        self.doses = doses
        self.samples = samples
        self.columns = columns
        self._rejecting = on_error == "reject"
        self._rules = rule_ids(book, "windows")
        self._book = book
        self._substances = list(book.substances)

    def answers(self, progress: Progress | None) -> dict[str, pa.Array]:
        """The columns of the answers. Raises RowsError where rows are refused and that is not asked for as a column."""
        subjects = self._subjects()
        for rows in (self.doses, self.samples):
            if rows.refused.any() and not self._rejecting:
                raise _error(rows)
        kind_of, kinds = _distinct(self.doses, ("substance", "route", "dose", "infusion"))
        test_of, tests = _distinct(self.samples, ("matrix", "analyte", "method", "cutoff"))
        lying = self._lying(*subjects)
        found = composed(self._book, kinds, tests, self._rules)
        given = self._given(lying, kind_of, test_of)
        answers = self._found(lying)
        self._run(given, lying, found, answers, progress)
        return self._columns(lying, found, given, answers)

    def _subjects(self) -> tuple[Array, Array, int]:
        """The subject of each dose and sample; rows without one are refused."""
        columns = [rows.frame.columns["subject"] for rows in (self.doses, self.samples)]
        heights = [rows.frame.height for rows in (self.doses, self.samples)]
        of_doses, of_samples, count = identified(columns[0], columns[1], heights)
        for rows, subjects in ((self.doses, of_doses), (self.samples, of_samples)):
            rows.refused |= subjects < 0
        if (of_doses < 0).any():  # whose status it would change is not known
            raise _error(self.doses)
        return of_doses, of_samples, count

    def _lying(self, of_doses: Array, of_samples: Array, count: int) -> Lying:
        doses, samples = self.doses, self.samples
        doubt = np.full(count, OPEN, np.int64)
        if doses.refused.any():
            since = np.where(doses.untimed, -OPEN, doses.low)[doses.refused]
            np.minimum.at(doubt, of_doses[doses.refused], since)
        dose_substance, named = self._substance(doses), "substance" in samples.frame.columns
        sample_substance = self._substance(samples) if named else np.zeros(1, np.int64)
        many = max(1, len(self._substances)) if len(np.unique(dose_substance)) > 1 or named else 1
        base = 0 if many > 1 or not len(dose_substance) else int(dose_substance[0])
        dose_keys = _keys(of_doses, dose_substance - base, many, doses.refused)
        sample_keys = _keys(of_samples, sample_substance, many if named else 1, samples.refused)
        dose_begin, dose_end, dose_order = arranged(dose_keys, doses.low, count * many)
        last = samples.high if len(samples.high) else samples.low
        begin, end, order = arranged(sample_keys, last, count * (many if named else 1))
        first, counts, places = np.zeros(0, np.int64), None, samples.frame.height
        rank = np.zeros(len(dose_begin), np.int64)
        groups = np.arange(len(dose_begin))
        if many > 1 and not named:
            taken = (dose_end > dose_begin).reshape(count, many)
            taken[:, 0] |= ~taken.any(axis=1)
            groups = np.flatnonzero(taken)
            rank = (taken.cumsum(axis=1) - 1).ravel()[groups]
            each = taken.sum(axis=1)
            counts = np.where(samples.refused, 1, np.where(of_samples < 0, 1, each[of_samples])).astype(np.int64)
            first = counts.cumsum() - counts
            places = int(counts.sum())
            begin, end = begin[groups // many], end[groups // many]
        of = groups // many
        return Lying(
            dose_order,
            order,
            Groups(dose_begin[groups], dose_end[groups], begin, end, rank, doubt[of]),
            groups % many + base,
            first,
            counts,
            places,
        )

    def _substance(self, rows: Rows) -> Array:
        """The number of the substance of each row."""
        numbers = [self._substances.index(meant[0]["substance"]) if meant else 0 for meant in rows.meant]
        return np.array([*numbers, 0], np.int64)[rows.ids]

    def _given(self, lying: Lying, kind_of: Array, test_of: Array) -> tuple[Doses, Samples]:
        doses, samples = self.doses, self.samples
        lasted = np.where(doses.lasted < 0, NONE, doses.lasted * SECOND)
        latest = samples.high if len(samples.high) else samples.low
        return (
            Doses(lying.doses, doses.low, doses.high, lasted, kind_of[doses.ids]),
            Samples(lying.samples, samples.low, latest, test_of[samples.ids], lying.first),
        )

    def _found(self, lying: Lying) -> Found:
        """Room for what is asked."""
        asked = set(self.columns)

        def room(kind: type, fill: int, *names: str) -> Array:
            return np.full(lying.places if asked & set(names) else 0, fill, kind)

        return Found(
            status=np.full(lying.places, WITHHELD, np.uint8),
            dose=room(np.int64, NONE, "dose", "rule"),
            pattern=room(np.int8, NONE, "pattern", "rule"),
            soonest=room(np.int64, NONE, "elapsed_s", "elapsed_longest_s"),
            longest=room(np.int64, NONE, "elapsed_s", "elapsed_longest_s"),
            wait=room(np.int64, OPEN, "next_change_s"),
        )

    def _run(
        self,
        given: tuple[Doses, Samples],
        lying: Lying,
        composed: Composed,
        answers: Found,
        progress: Progress | None,
    ) -> None:
        groups, law = lying.groups, composed.law
        doses = groups.dose_end - groups.dose_begin
        events = np.cumsum(doses + groups.sample_end - groups.sample_begin)
        if not len(events) or not len(law.courses):
            return
        shares = np.unique(np.searchsorted(events, np.arange(0, events[-1], SHARE)))
        bounds = list(zip(shares, [*shares[1:], len(events)], strict=True))

        def share(bound: tuple[int, int]) -> int:
            first, last = bound
            room = work(int(doses[first:last].max(initial=0)), law, len(given[0].high) > 0, len(given[0].lasted) > 0)
            compiled(prevail)(*given, groups, law, room, answers, first, last)
            return int((groups.sample_end[first:last] - groups.sample_begin[first:last]).sum())

        with ThreadPoolExecutor(threads()) as pool:
            for done in pool.map(share, bounds):
                _ = progress and progress(done)

    # ------------------------------------------------------------ answers

    def _columns(
        self, lying: Lying, composed: Composed, given: tuple[Doses, Samples], found: Found
    ) -> dict[str, pa.Array]:
        withheld = np.flatnonzero(found.status == WITHHELD)
        status = found.status
        status[withheld] = UNKNOWN
        sample = np.arange(lying.places)
        if lying.counts is not None:
            sample = np.repeat(np.arange(len(lying.first)), lying.counts)
        answers: dict[str, pa.Array] = {}
        for name in self.columns:
            if name == "sample":
                answers[name] = pa.array(sample)
            elif name == "status":
                answers[name] = _words(status.view(np.int8), _WORDS)
            elif name == "substance":
                answers[name] = _words(self._answered(lying, sample), self._substances)
            elif name == "dose":
                answers[name] = _numbers(found.dose, found.dose < 0)
            elif name == "rule":
                answers[name] = _words(self._rule(found, composed, given, sample), self._rules)
            elif name == "pattern":
                answers[name] = _words(found.pattern, composed.patterns)
            elif name == "next_change_s":
                answers[name] = _numbers(found.wait // SECOND, found.wait >= OPEN)
            elif name == "reject":
                answers[name] = self._reasons(withheld, sample, lying)
            else:
                seconds = found.soonest if name == "elapsed_s" else found.longest
                answers[name] = _numbers(seconds, (status == NO_DOSE) | np.isin(np.arange(len(status)), withheld))
        return answers

    def _answered(self, lying: Lying, sample: Array) -> Array:
        """The number of the substance of each answer, -1 where none was taken and none was asked about."""
        if "substance" in self.samples.frame.columns:
            return np.where(self.samples.refused, NONE, self._substance(self.samples)).astype(np.int32)
        found = np.full(lying.places, NONE, np.int32)
        groups = lying.groups
        some = np.flatnonzero((groups.dose_end > groups.dose_begin) & (groups.sample_end > groups.sample_begin))
        order = lying.samples if len(lying.samples) else np.arange(len(sample))
        for group in some.tolist():
            rows = order[groups.sample_begin[group] : groups.sample_end[group]]
            places = lying.first[rows] if len(lying.first) else rows
            found[places + groups.rank[group]] = lying.substance[group]
        return found

    def _rule(self, found: Found, composed: Composed, given: tuple[Doses, Samples], sample: Array) -> Array:
        rules = np.full(len(found.dose), NONE, np.int32)
        some = np.flatnonzero(found.dose >= 0)
        kinds, tests = given[0].kind[found.dose[some]], given[1].test[sample[some]]
        rules[some] = composed.rules[tests, kinds, found.pattern[some]]
        return rules

    def _reasons(self, withheld: Array, sample: Array, lying: Lying) -> pa.Array:
        reasons: dict[str, int] = {}
        codes = np.full(lying.places, NONE, np.int32)
        for place in withheld.tolist():
            row = int(sample[place])
            why = self.samples.reason(row) if self.samples.refused[row] else "a dose by then is refused"
            codes[place] = reasons.setdefault(why, len(reasons))
        return _words(codes, [reason.encode(errors="backslashreplace").decode() for reason in reasons])


def _keys(subjects: Array, substance: Array, many: int, refused: Array) -> Array:
    keys = subjects if many == 1 else subjects * many + substance
    return np.where(refused | (subjects < 0), NONE, keys) if refused.any() else keys


def _distinct(rows: Rows, names: Sequence[str]) -> tuple[Array, list[Kind]]:
    """What ids say under some names, each distinct one once, and which of them each id says."""
    numbers: dict[tuple[Any, ...], int] = {}
    found: list[tuple[Said, Cell]] = []
    of = []
    for meant in rows.meant:
        if meant is None:
            of.append(0)
            continue
        said = tuple(meant[0].get(name) for name in names)
        number = numbers.setdefault(said, len(found))
        if number == len(found):
            found.append(meant)
        of.append(number)
    return np.array([*of, 0], np.int32), found


def _words(codes: Array, words: Sequence[str]) -> pa.Array:
    null = codes < 0
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, mask=null if null.any() else None), pa.array(words, pa.string())
    )


def _numbers(values: Array, null: Array) -> pa.Array:
    return pa.array(values, mask=null if null.any() else None)


def _error(rows: Rows) -> RowsError:
    return refusal(np.flatnonzero(rows.refused), rows.reason, rows.what)
