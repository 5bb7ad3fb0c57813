"""What does each row of a table of many questions ask, and which answers does a book give, block by block?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen

from ketref.answers import plausibility
from ketref.answers.caveats import HOUR
from ketref.answers.detect import DetectAnswer
from ketref.answers.panels import asked_by_panel, sampled_on
from ketref.answers.question import AT_ONCE, Question, says_nothing, slips, understand
from ketref.book.loading import Book
from ketref.book.tables import all_of, phase_table, window_table
from ketref.bulk.alike import READ_TOGETHER
from ketref.bulk.answer_columns import (
    NULL,
    Progress,
    of_numbers,
    of_reasons,
    of_words,
    picked,
    prefixed,
    refusal,
    rule_ids,
)
from ketref.bulk.asked_once import DISAGREE, AskedOnce
from ketref.bulk.columns.amounts import DoseCoder, written
from ketref.bulk.columns.combinations import Combinations, Said, SubstanceCoder, cell_of, coders, course_of
from ketref.bulk.columns.distinct import NONE, Array, WordCoder
from ketref.bulk.columns.durations import Elapsed, InfusionCoder
from ketref.bulk.columns.panels import panel_coders, sampled_in
from ketref.bulk.columns.segments import segment_coder
from ketref.bulk.compiling import at_once, compiled, threads
from ketref.bulk.frames import Frame, opened
from ketref.bulk.noted import Notes, Told
from ketref.bulk.numbering import Numbering
from ketref.bulk.plausibility import NOTHING, Outside
from ketref.bulk.refusals import Listing, Refusal, refusal_of, said_in
from ketref.bulk.stages import Courses, translated
from ketref.engine.conditions import Cell
from ketref.engine.course import OF_STATUS, OPEN, STATUS_SEEN, STATUSES, UNKNOWN, UNSAID
from ketref.engine.table import Row, Table
from ketref.errors import UsageError, together
from ketref.model import units
from ketref.model.axes import OF_DOSE, OF_PANEL, OF_SPECIMEN, OF_TEST, TIMES, with_units
from ketref.model.kinds import ANSWERS, CALCULATED, PHASE, WINDOW, Kind
from ketref.model.times import PLAIN, Notation
from ketref.person.records import list_of

TEST = with_units(OF_TEST)
TELLING_APART = {"cutoff", "dose", "weight", "infusion", "duration", "end"}
"""The columns of which the tables tell what is told apart."""
DOSE = ("substance", *with_units(OF_DOSE), "weight_unit", "duration")
READ = {WINDOW: {*TEST, *OF_PANEL, *OF_SPECIMEN, *DOSE, *TIMES}, PHASE: {*DOSE, *TIMES}}
"""The columns that are read."""
REQUIRED = {WINDOW: ("substance", "matrix"), PHASE: ("substance",)}
"""Those that must be there, besides those that tell the time; a panel says the matrix where that is not there."""


class Questions:
    """A table of questions, read in blocks of rows.

    `required` columns must be there and hold no null, besides those that tell the time; `file` is that of the rules on
    their amounts; `sources`: what conditions of their sources name is told apart too. Raises UsageError where a column
    is missing or holds what it never can.
    """

    def __init__(
        self,
        book: Book,
        frame: Frame,
        required: Collection[str],
        file: str,
        notation: Notation = PLAIN,
        sources: bool = False,
    ) -> None:
        self.book = book
        self._notation = notation
        self.frame = frame
        self._required = required
        columns = frame.columns
        for name in required:
            if name not in columns and not (name == "matrix" and "panel" in columns):
                there = ", ".join(f"`{column}`" for column in columns) or "none that is known"
                raise UsageError(f"the column `{name}` is missing", value=name, hint=f"columns: {there}", column=name)
        self._substance = substance = SubstanceCoder(book, columns["substance"])
        found = coders(book, columns, told_of(book, frame, substance, file), substance, sources=sources)
        found |= panel_coders(book, columns, notation)
        if "segment" in columns:
            found["segment"] = segment_coder(columns["segment"], frame.blocks(READ_TOGETHER, ("segment",)))
        self.combinations = Combinations(found)
        dose = found.get("dose")
        self._dose = dose if isinstance(dose, DoseCoder) else None
        self._outside = Outside(book)
        lasting = found.get("infusion")
        self._lasting = lasting if isinstance(lasting, InfusionCoder) else None
        since, taken, at = (columns.get(name) for name in TIMES)
        self._elapsed = Elapsed(since, taken, at, notation)

    def cell(self, said: Said | None) -> tuple[Said, Cell] | None:
        """What a combination says and asks of the tables; None where it is refused."""
        try:
            if said and ("panel" in said or "stage" in said):
                said = self._by_panel(said)
            if said is None or any(name not in said for name in self._required):
                return None
            return said, cell_of(self.book, said)
        except UsageError:
            return None

    def _by_panel(self, said: Said) -> Said:
        """What is said, with what the test of its panel fills in. Raises UsageError."""
        asked = {axis: said[axis] for axis in OF_TEST if axis in said}
        if "substance" not in said:
            return said
        named = said["substance"], said.get("panel"), said.get("stage")
        question = asked_by_panel(self.book, *named, asked, sampled_in(said))
        filled = ((axis, getattr(question, axis)) for axis in OF_TEST)
        return {**said, **{axis: value for axis, value in filled if value is not None}}

    def elapsed(self, start: int, stop: int) -> tuple[Array, Array]:
        """The shortest and the longest elapsed seconds of each row; the longest is negative where refused."""
        shortest, longest = self._elapsed.read(start, stop)
        whole = _all_rows(longest, stop - start)
        return (whole if shortest is longest else _all_rows(shortest, stop - start)), whole

    def by_clocks(self, start: int, stop: int) -> Array:
        """Which rows have two times without a zone, between which the clocks may have been changed."""
        return _all_rows(self._elapsed.by_clocks(start, stop), stop - start)

    def lasted(self, start: int, stop: int) -> Array | None:
        """The seconds that the administration of each row took, `course.UNSAID` where not said; None if none is."""
        if self._lasting is None:
            return None
        found = _all_rows(self._lasting.seconds(start, stop), stop - start)
        return np.where((found >= 0) & (found <= AT_ONCE), UNSAID, found)

    def look(self, ids: Array, start: int, stop: int, soonest: Array, lasted: Array | None) -> None:
        """Look at rows that were read, whether they are plausible."""
        doses = None if self._dose is None else self._dose.coded(start, stop)
        self._outside.look(self.combinations.said, ids, start, doses, NOTHING if lasted is None else lasted, soonest)

    def tell_products(self, told: Told) -> None:
        """Tell how the products were read that rows name without a route."""
        told.products(self._substance.texts() if self.combinations.by_product else ())

    def tell_implausible(self, told: Told, refused: Array, number: Numbering) -> None:
        """Tell of the rows, but for some, that lie far outside everything that the book speaks of."""
        rows = np.setdiff1d(self._outside.rows, refused, assume_unique=True)
        told.implausible("questions", rows, self._far, number)

    def _far(self, row: int) -> list[str]:
        return plausibility.implausible(self.book, self.asked(row))

    def refusal(self, row: int) -> Refusal:
        """Why a row is refused, in the words in which the question alone would be."""
        return refusal_of(self.frame, row, self._ask)

    def reason(self, row: int) -> str:
        """The same without the cell."""
        return self.refusal(row).reason

    def asked(self, row: int) -> Question:
        """What a row that is not refused asks alone."""
        return self._asked(said_in(self.frame, row))

    def alone(self, row: int) -> DetectAnswer:
        """The answer about the window of a row that is not refused, asked alone."""
        question = self.asked(row)
        table = window_table(self.book, question.substance, str(question.matrix), question.cutoff)
        return DetectAnswer(self.book, question, table, table.row(question.cell))

    def _ask(self, given: dict[str, Any]) -> None:
        for name in self._required:
            if given.get(name) is None and not (name == "matrix" and given.get("panel") is not None):
                raise UsageError(f"`{name}` is null")
        if all(given.get(name) is None for name in TIMES):
            raise UsageError(f"`{'since' if 'since' in given else 'taken'}` is null")
        self._asked(given)

    def _asked(self, given: dict[str, Any]) -> Question:
        substance, asked = given.pop("substance"), {**_alone(given), "notation": self._notation}
        panel, stage = asked.pop("panel", None), asked.pop("stage", None)
        if panel is not None or stage is not None:
            days = sampled_on(asked.get("at"), self._notation)
            return asked_by_panel(self.book, substance, panel, stage, asked, days)
        try:
            return understand(self.book, substance, **asked)
        except UsageError as error:
            found = slips(self.book, substance, **asked)
            raise (together(found) if len(found) > 1 else error) from None


def told_of(book: Book, frame: Frame, substance: WordCoder, file: str) -> list[Table]:
    """The tables that tell which amounts of a table are told apart: those of the substances that it names."""
    if not TELLING_APART & set(frame.columns):
        return []
    return all_of(book, substance.named(frame.blocks(READ_TOGETHER, ("substance",))), file)


def _alone(given: dict[str, Any]) -> dict[str, Any]:
    """The values of a row as one question says them."""
    for name, default in (("cutoff", None), ("dose", None), ("weight", units.WEIGHT)):
        unit = given.pop(f"{name}_unit", None)
        if given.get(name) is not None:
            given[name] = written(given[name], unit, default)
    if "duration" in given:
        given["infusion"] = given.pop("duration")
    return given


def _all_rows(values: Array, rows: int) -> Array:
    return values if len(values) == rows else np.full(rows, values[0])


BLOCK = 1 << 18  # rows that are answered together
FIRST_BLOCK = 1 << 14  # rows that are answered first: they meet nearly all combinations that there are


COLUMNS: dict[Kind, tuple[str, ...]] = {kind: (*columns, "reject") for kind, columns in ANSWERS.items()}
"""The columns of answers that can be asked for."""
WORDS_OF = {"status": STATUSES, "phase_earliest": PHASE.stages, "phase_latest": PHASE.stages}
SEEN: dict[Kind, Sequence[int]] = {WINDOW: STATUS_SEEN, PHASE: range(len(PHASE.stages) ** 2)}


@frozen(kw_only=True)
class Asked:
    """What is asked of all rows, and how they are to be understood: as `detect_many` and `effects_many` take it."""

    kind: Kind
    book: Book
    columns: Sequence[str]
    notation: Notation
    on_error: str
    prefix: str = ""


def answered(
    questions: object, asked: Asked, progress: Progress | None, notes: Notes, listing: Listing | None = None
) -> Any:
    """The answers of `detect_many`, or of `effects_many`: to questions about courses of one kind."""
    told = Told()
    found = answers(questions, asked, told, progress, listing)
    for text in told.texts():
        notes(text)
    return found


def answers(
    questions: object, asked: Asked, told: Told, progress: Progress | None = None, listing: Listing | None = None
) -> Any:
    """The answers to questions, which may be a part of a table whose numbers the `listing` knows."""
    book, kind = asked.book, asked.kind
    frame = opened(questions, READ[kind]).heard(partial(says_nothing, book))
    notation = evolve(asked.notation, tell=told.say)
    sources = any(isinstance(one, str) and one == DISAGREE for one in list_of(asked.columns) or ())
    read = Questions(book, frame, REQUIRED[kind], kind.file, notation, sources)

    def course(said: Said, cell: Cell) -> tuple[Row, Sequence[int]]:
        if kind is PHASE:
            row = phase_table(book, said["substance"]).row(cell)
            return row, row.course
        row = window_table(book, said["substance"], said["matrix"], said.get("cutoff")).row(cell)
        return row, course_of(book, row, said)

    answering = Answering(read, kind, course, asked.columns, asked.on_error, listing or Listing())
    told.unread(book, "questions", frame.others)
    found = answering.answers(progress)
    answering.tell(told)
    return frame.give(prefixed(found, asked.prefix))


class Answering:
    """The answers to a table of questions about courses of one kind, block by block."""

    def __init__(
        self,
        questions: Questions,
        kind: Kind,
        course: Callable[[Said, Cell], tuple[Row, Sequence[int]]],
        columns: Sequence[str],
        on_error: str,
        listing: Listing,
    ) -> None:
        self._listing = listing
        self.columns = picked(columns, COLUMNS[kind], on_error)
        self.questions = questions
        self.frame = questions.frame
        self.rejecting = on_error == "reject"
        self._seen = SEEN[kind]
        self.courses = Courses(len(kind.boundaries), questions.cell, course)
        self._file = kind.file
        self._coded = {name: codes for name, codes in self._codes().items() if name in self.columns}
        rows = self.frame.height
        self._found = {name: np.empty(rows, np.uint8) for name in self._coded}
        if "rule" in self.columns:
            self._found["rule"] = np.empty(rows, np.int32)
        if "next_change_s" in self.columns:
            self._found["next_change_s"] = np.empty(rows, np.int64)
        self._once = AskedOnce(self.columns, rows, questions.alone)
        self._refused: list[Array] = []
        self._by_clocks: list[Array] = []
        self._unrouted: list[Array] = []
        self._told = self._codes().get("status", np.arange(self.courses.places))

    def _codes(self) -> dict[str, Array]:
        """Of every column that follows from the place of a row, its value at each place; 255 is null."""
        wide = self.courses.boundaries + 1
        place = np.arange(self.courses.places)
        stages = {"earliest_stage": place // wide, "latest_stage": place % wide}
        found = {name: np.where(place // wide > place % wide, NULL, stage) for name, stage in stages.items()}
        if self.courses.boundaries == OF_STATUS:
            found["status"] = np.array(STATUS_SEEN)
            found["status"][[self.courses.silent, self.courses.refused]] = UNKNOWN
        else:
            found |= {"phase_earliest": found["earliest_stage"], "phase_latest": found["latest_stage"]}
        return {name: codes.astype(np.uint8) for name, codes in found.items()}

    def answers(self, progress: Progress | None) -> dict[str, pa.Array]:
        """The columns of the answers. Raises RowsError where rows are refused and that is not asked for as a column."""
        blocks = list(self.frame.blocks(BLOCK))
        if blocks:
            start, stop = blocks[0]
            first = min(FIRST_BLOCK, stop)
            blocks[:1] = [(first, stop)] if first < stop else []
            done = self._answer((start, first))
            _ = progress and progress(done)
        for done in at_once(self._answer, blocks, threads(self.frame.height)):
            _ = progress and progress(done)
        refused = self._all_refused()
        if len(refused) and not self.rejecting:
            raise refusal(refused, self.questions.reason)
        shared = self._once.columns(self.columns, refused)
        if any(name in CALCULATED for name in self.columns):
            shared |= self._calculated(refused)
        return {name: shared[name] if name in shared else self._column(name, refused) for name in self.columns}

    def _calculated(self, refused: Array) -> dict[str, pa.Array]:
        """What models say beside the statuses."""
        from ketref.bulk.modelled import after_one_dose

        questions = self.questions
        parts = [questions.elapsed(start, stop) for start, stop in self.frame.blocks(BLOCK)]
        none = np.zeros(0, np.int64)
        soonest, longest = (np.concatenate([none, *(part[side] for part in parts)]) for side in range(2))
        return after_one_dose(questions.book, self.frame, questions.asked, (soonest, longest), refused)

    def tell(self, told: Told) -> None:
        """Tell of answered rows that lie far outside of what is known, or that the change of clocks may change."""
        number = self._listing.numbering("questions")
        self.questions.tell_products(told)
        self.questions.tell_implausible(told, self._all_refused(), number)
        local = np.sort(np.concatenate([np.zeros(0, np.int64), *self._by_clocks]))
        told.clocks("questions", local, number)
        unrouted = np.sort(np.concatenate([np.zeros(0, np.int64), *self._unrouted]))
        told.unrouted("questions", unrouted, number)

    def _all_refused(self) -> Array:
        return np.sort(np.concatenate([np.zeros(0, np.int64), *self._refused]))

    def _answer(self, block: tuple[int, int]) -> int:
        start, stop = block
        ids = self.questions.combinations.ids(start, stop)
        self.courses.compose(self.questions.combinations.said)
        soonest, longest = self.questions.elapsed(start, stop)
        lasted = self.questions.lasted(start, stop)
        self.questions.look(ids, start, stop, soonest, lasted)
        places = self.courses.place(ids, soonest, longest, lasted)
        local = np.flatnonzero(self.questions.by_clocks(start, stop) & (places != self.courses.refused))
        if len(local):
            self._by_clocks.append(local[self._by_an_hour(places[local], ids, soonest, longest, lasted, local)] + start)
        self._once.read(start, ids, lasted, soonest, longest)
        refused = np.flatnonzero(places == self.courses.refused)
        if len(refused):
            self._refused.append(refused + start)
        silent = np.flatnonzero(places == self.courses.silent) if self._file == PHASE.file else refused[:0]
        if len(silent):
            unrouted = np.array([said is not None and "route" not in said for said in self.questions.combinations.said])
            self._unrouted.append(silent[unrouted[ids[silent]]] + start)
        for name, codes in self._coded.items():
            compiled(translated)(places, codes, self._found[name][start:stop])
        if "rule" in self._found:
            self._found["rule"][start:stop] = ids
        if "next_change_s" in self._found:
            waits = self.courses.change(ids, soonest, longest, lasted, self._seen)
            waits[refused] = OPEN
            self._found["next_change_s"][start:stop] = waits
        return stop - start

    def _by_an_hour(
        self, places: Array, ids: Array, soonest: Array, longest: Array, lasted: Array | None, rows: Array
    ) -> Array:
        """Which of some rows that are at these places would be answered otherwise an hour before or after."""
        differ = np.zeros(len(rows), bool)
        length = None if lasted is None else lasted[rows]
        for by in (-HOUR, HOUR):
            late = np.maximum(longest[rows] + by, 0)
            then = self.courses.place(ids[rows], soonest[rows] + by, late, length)
            differ |= self._told[then] != self._told[places]
        return differ

    def _rules(self, found: Array, refused: Array) -> pa.Array:
        """The rule that governs each row, of which the id of its combination was found."""
        asked = {said["substance"] for said in self.questions.combinations.said if said and "substance" in said}
        rules = rule_ids(self.questions.book, asked, self._file)
        places = {rule: place for place, rule in enumerate(rules)}
        codes = np.array([NONE if rule is None else places[rule] for rule in self.courses.rules], np.int32)
        compiled(translated)(found.view(np.uint32), codes, found)
        found[refused] = NONE
        return of_words(found, rules)

    def _listed(self, row: int) -> str:
        return self._listing.add("questions", self._listing.numbering("questions")(row), self.questions.refusal(row))

    def _column(self, name: str, refused: Array) -> pa.Array:
        if name == "reject":
            return of_reasons(self.frame.height, refused, self._listed)
        found = self._found[name]
        if name == "next_change_s":
            return of_numbers(found, found == OPEN)
        if name == "rule":
            return self._rules(found, refused)
        codes = found.view(np.int8)
        return of_words(codes, WORDS_OF[name]) if name in WORDS_OF else of_numbers(codes, codes < 0)
