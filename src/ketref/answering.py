"""Which answers does a book give to a table of questions, block by block?"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa

from ketref.asking import DOSE, TEST, TIME, Questions
from ketref.coding import Array
from ketref.columns import of_numbers, of_reasons, of_words
from ketref.combining import Said
from ketref.compiling import compiled
from ketref.course import OPEN, STATUS_SEEN, STATUSES, UNKNOWN
from ketref.doses import list_of
from ketref.errors import RowsError, UsageError, quoted, unknown_option
from ketref.files import RULE_FILES
from ketref.frames import opened
from ketref.loading import Book
from ketref.model import BOUNDARIES, STAGES, Phase, Window
from ketref.placing import Courses, translated
from ketref.questions import phase_table, tables, window_table
from ketref.table import Table

Progress = Callable[[int], object]
BLOCK = 1 << 18  # rows that are answered together
FIRST_BLOCK = 1 << 14  # rows that are answered first: they meet nearly all combinations that there are
REASONS_CARRIED = 1000  # that an error has of refused rows
NULL = 255  # as a signed byte -1
_STAGES = ("earliest_stage", "latest_stage")
COLUMNS: dict[type, tuple[str, ...]] = {
    Window: ("status", "rule", *_STAGES, "next_change_s", "reject"),
    Phase: ("phase_earliest", "phase_latest", "rule", *_STAGES, "next_change_s", "reject"),
}
"""The columns of answers that can be asked for."""
WORDS_OF = {"status": STATUSES, "phase_earliest": STAGES, "phase_latest": STAGES}
SEEN: dict[type, Sequence[int]] = {Window: STATUS_SEEN, Phase: range(len(STAGES) ** 2)}


def detected(questions: object, columns: Sequence[str], book: Book, on_error: str, progress: Progress | None) -> Any:
    """The answers of `detect_many`."""
    frame = opened(questions, {*TEST, *DOSE, *TIME})
    asked = Questions(book, frame, ("substance", "matrix"), lambda: all_of(book, "windows"))

    def table(said: Said) -> Table:
        return window_table(book, said["substance"], said["matrix"])

    return frame.give(Answering(asked, Window, table, columns, on_error).answers(progress))


def phased(questions: object, columns: Sequence[str], book: Book, on_error: str, progress: Progress | None) -> Any:
    """The answers of `effects_many`."""
    frame = opened(questions, {*DOSE, *TIME})
    asked = Questions(book, frame, ("substance",), lambda: all_of(book, "phases"))

    def table(said: Said) -> Table:
        return phase_table(book, said["substance"])

    return frame.give(Answering(asked, Phase, table, columns, on_error).answers(progress))


def all_of(book: Book, file: str) -> list[Table]:
    """Every table of one file of every substance."""
    return [table for name in book.substances for table in tables(book, name, file)]


class Answering:
    """The answers to a table of questions about courses of one kind, block by block."""

    def __init__(
        self,
        questions: Questions,
        kind: type,
        table: Callable[[Said], Table],
        columns: Sequence[str],
        on_error: str,
    ) -> None:
        self.columns = picked(columns, COLUMNS[kind], on_error)
        self.questions = questions
        self.frame = questions.frame
        self.rejecting = on_error == "reject"
        self._seen = SEEN[kind]
        boundaries = len(BOUNDARIES[kind])
        self.courses = Courses(boundaries, table, questions.cell)
        file = next(file for file, key in RULE_FILES.items() if key == kind.__name__.lower())
        self.rules = rule_ids(questions.book, file)
        self._rule_codes: dict[str | None, int] = {rule: code for code, rule in enumerate(self.rules)}
        self._coded = {name: codes for name, codes in self._codes(kind).items() if name in self.columns}
        rows = self.frame.height
        self._found = {name: np.empty(rows, np.uint8) for name in self._coded}
        if "rule" in self.columns:
            self._found["rule"] = np.empty(rows, np.int32)
        if "next_change_s" in self.columns:
            self._found["next_change_s"] = np.empty(rows, np.int64)
        self._refused: list[Array] = []
        self._rule_of = np.zeros(0, np.int32)

    def _codes(self, kind: type) -> dict[str, Array]:
        """Of every column that follows from the place of a row, its value at each place; 255 is null."""
        wide = self.courses.boundaries + 1
        place = np.arange(self.courses.places)
        stages = {"earliest_stage": place // wide, "latest_stage": place % wide}
        found = {name: np.where(place // wide > place % wide, NULL, stage) for name, stage in stages.items()}
        if kind is Phase:
            found |= {"phase_earliest": found["earliest_stage"], "phase_latest": found["latest_stage"]}
        else:
            status = np.array(STATUS_SEEN)
            status[[self.courses.silent, self.courses.refused]] = UNKNOWN
            found["status"] = status
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
        with ThreadPoolExecutor(threads()) as pool:
            for done in pool.map(self._answer, blocks):
                _ = progress and progress(done)
        refused = np.sort(np.concatenate([np.zeros(0, np.int64), *self._refused]))
        if len(refused) and not self.rejecting:
            raise refusal(refused, self.questions.reason)
        return {name: self._column(name, refused) for name in self.columns}

    def _answer(self, block: tuple[int, int]) -> int:
        start, stop = block
        ids = self.questions.combinations.ids(start, stop)
        self.courses.compose(self.questions.combinations.said)
        soonest, longest = self.questions.elapsed(start, stop)
        lasted = self.questions.lasted(start, stop)
        places = self.courses.place(ids, soonest, longest, lasted)
        refused = np.flatnonzero(places == self.courses.refused)
        if len(refused):
            self._refused.append(refused + start)
        for name, codes in self._coded.items():
            compiled(translated)(places, codes, self._found[name][start:stop])
        if "rule" in self._found:
            compiled(translated)(ids, self._rules_met(), self._found["rule"][start:stop])
            self._found["rule"][start:stop][refused] = -1
        if "next_change_s" in self._found:
            waits = self.courses.change(ids, soonest, longest, lasted, self._seen)
            waits[refused] = OPEN
            self._found["next_change_s"][start:stop] = waits
        return stop - start

    def _rules_met(self) -> Array:
        """The code of the rule of every combination, -1 where none governs."""
        codes = self._rule_of
        if len(codes) < len(self.courses.rules):
            fresh = [self._rule_codes.get(rule, -1) for rule in self.courses.rules[len(codes) :]]
            codes = self._rule_of = np.concatenate([codes, np.array(fresh, np.int32)])
        return codes

    def _column(self, name: str, refused: Array) -> pa.Array:
        if name == "reject":
            return of_reasons(self.frame.height, refused, self.questions.reason)
        found = self._found[name]
        if name == "next_change_s":
            return of_numbers(found, found == OPEN)
        if name == "rule":
            return of_words(found, self.rules)
        codes = found.view(np.int8)
        return of_words(codes, WORDS_OF[name]) if name in WORDS_OF else of_numbers(codes, codes < 0)


def refusal(refused: Array, reason: Callable[[int], str], table: str = "") -> RowsError:
    """The error that lists refused rows, with the reasons of the first of them."""
    shown: dict[str, list[int]] = {}
    for row in refused[:REASONS_CARRIED].tolist():
        shown.setdefault(reason(row), []).append(row)
    return RowsError(refused.tolist(), shown, table)


def picked(columns: Sequence[str], known: Sequence[str], on_error: str) -> list[str]:
    """The columns of the answers, each once. Raises UsageError."""
    if not (isinstance(on_error, str) and on_error in {"raise", "reject"}):
        raise unknown_option("value of `on_error`", on_error, ["raise", "reject"])
    asked = list_of(columns)
    if asked is None:
        hint = f"such as {list(known[:2])}"
        raise UsageError(f"the columns of answers are no list of names: {quoted(columns)}", value=columns, hint=hint)
    for name in asked:
        if not (isinstance(name, str) and name in known):
            raise unknown_option("column of answers", name, known)
    return list(dict.fromkeys([*asked, "reject"] if on_error == "reject" else asked))


def rule_ids(book: Book, file: str) -> list[str]:
    """The ids of all rules of one kind, sorted."""
    return sorted({ranked.rule.id for name in book.substances for ranked in book.ranked(name, file)})


def threads() -> int:
    """How many blocks are answered at the same time."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
