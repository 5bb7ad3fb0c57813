"""What do models say beside the status of each sample, after all doses of its subject?

As `history` says of it. Samples that ask the same after the same doses are understood once, and models are asked for
all their times together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import field, frozen

from ketref.answers.beside import Said, at_each, nothing
from ketref.bulk.alike import distinct_rows, numbered
from ketref.bulk.columns.amounts import written
from ketref.bulk.columns.distinct import NONE, Array
from ketref.bulk.modelled import columns_of
from ketref.bulk.refusals import said_in
from ketref.bulk.timelines.groups import Layout
from ketref.bulk.timelines.rows import RESULTS, DoseRows, SampleRows
from ketref.bulk.timelines.subjects import Subjects
from ketref.errors import UsageError
from ketref.model.axes import OF_TEST
from ketref.model.times import SECOND
from ketref.person import regimens
from ketref.person.calculated import A_RANGE, EXACT, NOT_UNDERSTOOD, understood
from ketref.person.history import history
from ketref.person.regimens import Ongoing

_WHEN_TAKEN = {"subject", "start", "taken", "start_latest"}
_WHEN_SAMPLED = {"subject", "time", "time_latest"}
_BY_THE_CLOCK = {"end", *regimens.KEYS}
"""The columns of doses that depend on the moment itself, and not on how long ago it was."""


@frozen(eq=False)
class Alike:
    """Answers that ask the same after the same doses: the `row` of one sample, its `doses`, and of what it is asked.

    `places` are those of the answers, `seconds` how long each was sampled after that one.
    """

    row: int
    doses: Sequence[int]
    substance: str | None
    places: list[int] = field(factory=list)
    seconds: list[int] = field(factory=list)


class Modelled:
    """The doses and samples of many subjects, as models are asked about them."""

    def __init__(
        self, doses: DoseRows, samples: SampleRows, subjects: Subjects, only: Any, ongoing: Ongoing | None
    ) -> None:
        self._doses, self._samples, self._subjects = doses, samples, subjects
        self._only, self._ongoing = only, ongoing

    def columns(self, layout: Layout, named: Array, substances: Sequence[str], withheld: Array) -> dict[str, pa.Array]:
        """The columns of the answers, null where they are withheld; `named`: which ids say what their test is for."""
        said: list[Said] = []
        of = np.full(layout.places, NONE)
        for alike in self._alike(layout, named, substances, withheld):
            of[alike.places] = np.arange(len(said), len(said) + len(alike.places))
            said += self._answers(alike)
        return columns_of(said, of)

    def _alike(self, layout: Layout, named: Array, substances: Sequence[str], withheld: Array) -> list[Alike]:
        doses, samples = self._doses, self._samples
        dose_kind = _kinds(doses, _WHEN_TAKEN)
        test_kind = _kinds(samples, _WHEN_SAMPLED | RESULTS)
        absolute = bool(_BY_THE_CLOCK & set(doses.frame.columns))
        high_of_doses = doses.high if len(doses.high) else doses.low
        high_of_samples = samples.high if len(samples.high) else samples.low
        of_subjects = self._rows_of_subjects()
        found: dict[tuple[object, ...], Alike] = {}
        for place, (row, substance) in enumerate(self._asked(layout, named, substances)):
            if withheld[place]:
                continue
            low, high = int(samples.low[row]), int(high_of_samples[row])
            rows = [one for one in of_subjects.get(int(self._subjects.of_samples[row]), ()) if doses.low[one] <= high]
            first = min((int(doses.low[one]) for one in rows), default=low)
            taken = tuple(
                (int(dose_kind[one]), int(doses.low[one]) - first, int(high_of_doses[one] - doses.low[one]))
                for one in rows
            )
            since = low - first
            whole = since % SECOND if not absolute else low  # a time between seconds is another one
            key = (int(test_kind[row]), substance, taken, high - low, whole)
            alike = found.setdefault(key, Alike(row, rows, substance))
            alike.places.append(place)
            alike.seconds.append((low - int(samples.low[alike.row]) - (first - self._first(alike, low))) // SECOND)
        return list(found.values())

    def _first(self, alike: Alike, otherwise: int) -> int:
        return min((int(self._doses.low[one]) for one in alike.doses), default=otherwise)

    def _rows_of_subjects(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        counts = ~(self._doses.refused | self._doses.left)
        for row in np.flatnonzero(counts).tolist():
            found.setdefault(int(self._subjects.of_doses[row]), []).append(row)
        return found

    def _asked(self, layout: Layout, named: Array, substances: Sequence[str]) -> Iterator[tuple[int, str | None]]:
        """Of each answer the row of its sample, and the substance that it is asked of, where its test names none."""
        taken = layout.groups.taken
        for row in range(self._samples.frame.height):
            subject = int(self._subjects.of_samples[row])
            if named[self._samples.ids[row]]:
                yield row, None
            elif not len(layout.counts):
                yield row, substances[0] if substances else None
            else:
                there = np.flatnonzero(taken[subject]).tolist() if subject >= 0 else []
                names: Sequence[str | None] = [substances[number] for number in there][: int(layout.counts[row])]
                yield from ((row, name) for name in names or [None])

    def _answers(self, alike: Alike) -> list[Said]:
        """What models say of each of the answers."""
        samples = self._samples
        width = int(samples.high[alike.row] - samples.low[alike.row]) if len(samples.high) else 0
        try:
            if width > EXACT:
                raise UsageError(A_RANGE)
            about, doses, second = self._understood(alike)
        except UsageError as error:
            return [nothing(NOT_UNDERSTOOD.format(error))] * len(alike.places)
        return at_each(samples.book, about, doses, [second + more for more in alike.seconds])

    def _understood(self, alike: Alike) -> Any:
        samples, book, notation = self._samples, self._samples.book, self._samples.notation
        meant = samples.meant[samples.ids[alike.row]]
        said = dict(meant[0]) if meant else {}
        given = said_in(samples.frame, alike.row)
        if given.get("cutoff") is not None:  # as it is: the rules tell fewer cutoffs apart
            said["cutoff"] = written(given["cutoff"], given.get("cutoff_unit"))
        asked = {axis: said[axis] for axis in (*OF_TEST, "test") if axis in said}
        texts: dict[str, Any] = {name: value if isinstance(value, str) else str(value) for name, value in asked.items()}
        answer = history(
            [_known(said_in(self._doses.frame, row)) for row in alike.doses],
            at=given["time"],
            **texts,
            only=self._only,
            ongoing=self._ongoing,
            tz=notation.zone,
            dates=notation.order,
            midnight=notation.midnights,
            rules=book,
        )
        person = answer.person
        tests = [one for one in person.tests if alike.substance is None or alike.substance in one.covers]
        if not tests:
            raise UsageError("no dose of it is known")
        return understood(person.rows, person.at, tests[0].test, tests[0].covers)


def _kinds(rows: DoseRows | SampleRows, without: set[str]) -> Array:
    """What each row says but for when, as a number."""
    columns = [one.numbers for one in numbered(rows.frame, without).values()]
    return distinct_rows([*columns, rows.ids.astype(np.int64)])[0]


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
