"""What would a specialist write as a loop for numba, and what is the least that any loop can cost?

Of a timeline the plainest loop, every dose against every sample of a subject, is the referee of all others.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import task
from numba import njit
from task import Task
from thresholds import CODES, KEYS
from with_numpy import codes, columns

NO_DOSE, NOT_EXPECTED, NOT_YET = CODES["no_dose"], CODES["not_expected"], CODES["not_yet"]
POSSIBLE, EXPECTED = CODES["possible"], CODES["expected"]
BY_STAGES = np.array(
    [NOT_YET, POSSIBLE, POSSIBLE, POSSIBLE, EXPECTED, POSSIBLE, POSSIBLE, POSSIBLE, NOT_EXPECTED], np.int8
)
ROUTES, MATRICES = len(KEYS["route"]), len(KEYS["matrix"])


SLOTS = 64
SHIFT = np.uint64(58)


@njit
def status(time, opens, surely, closing, closed):
    if time >= closed:
        return NOT_EXPECTED
    if time < opens:
        return NOT_YET
    if surely <= time < closing:
        return EXPECTED
    return POSSIBLE


# ------------------------------------------------------------------------ lookups


def the_bytes(folder: Path, rows: int | None) -> Task:
    """Every byte is read and one written for each row: the limit. The result is the answer that a loop has found."""
    words, elapsed = columns(folder, rows)
    answer = looked_up(*words, elapsed, *task.ends(folder))
    return Task(partial(passed, *words, elapsed), lambda _: answer, (*words, elapsed))


@njit
def passed(substance, route, matrix, elapsed):
    found = np.empty(len(elapsed), np.int8)
    for row in range(len(elapsed)):
        found[row] = substance[row] ^ route[row] ^ matrix[row] ^ np.int8(elapsed[row])
    return found


def loop(folder: Path, rows: int | None) -> Task:
    words, elapsed = columns(folder, rows)
    return Task(partial(looked_up, *words, elapsed, *task.ends(folder)), np.asarray, (*words, elapsed))


@njit
def looked_up(substance, route, matrix, elapsed, opens, surely, closing, closed):
    """Without a branch: the ends that are past are counted, and the two counts look the status up."""
    found = np.empty(len(elapsed), np.int8)
    for row in range(len(elapsed)):
        at = np.uint32((substance[row] * ROUTES + route[row]) * MATRICES + matrix[row])
        time = elapsed[row]
        earliest = (time >= surely[at]) + (time >= closed[at])
        latest = (time >= opens[at]) + (time >= closing[at])
        found[row] = BY_STAGES[np.uint32(3 * earliest + latest)]
    return found


def loop_strings(folder: Path, rows: int | None) -> Task:
    """Strings: a word is known by its length and its first and last eight bytes."""
    table = task.questions(folder, rows=rows)
    elapsed = table["elapsed"].to_numpy()
    strings = [table[key].combine_chunks() for key in KEYS]
    known = [recognised(words) for words in KEYS.values()]
    ends = task.ends(folder)

    def work() -> np.ndarray:
        found = [recognise(*layout(column), *words) for column, words in zip(strings, known, strict=True)]
        return looked_up(*found, elapsed, *ends)

    return Task(work, np.asarray, (table,))


def layout(column: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The offsets of the words, their bytes, and these as overlapping numbers of eight bytes."""
    _, offsets, text = column.buffers()
    places = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    letters = np.frombuffer(text, np.uint8)
    eights = np.ndarray(max(len(letters) - 7, 0), np.uint64, letters, strides=(1,))
    return places, letters, eights


Slots = tuple[np.uint64, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def recognised(words: tuple[str, ...]) -> Slots:
    """A multiplier that gives each word a slot of its own, and for every slot its length, its eights and its number."""
    spelled = [(len(word), *first_and_last(word.encode())) for word in words]
    random = np.random.default_rng(0)
    while True:
        multiplier = np.uint64(2 * int(random.integers(1 << 62)) + 1)
        slots = [int(slot(*map(np.uint64, (first, last, length)), multiplier)) for length, first, last in spelled]
        if len(set(slots)) == len(words):
            break
    table = np.zeros((3, SLOTS), np.uint64)
    table[:, slots] = np.array(spelled, np.uint64).T
    numbers = np.full(SLOTS, -1, np.int8)
    numbers[slots] = range(len(words))
    return multiplier, *table, numbers


def first_and_last(word: bytes) -> tuple[int, int]:
    return int.from_bytes(word[:8], "little"), int.from_bytes(word[-8:], "little") if len(word) > 8 else 0


@njit
def slot(first, last, length, multiplier):
    return ((first ^ (last << np.uint64(1)) ^ length) * multiplier) >> SHIFT


@njit
def recognise(places, letters, eights, multiplier, lengths, firsts, lasts, numbers):
    found = np.empty(len(places) - 1, np.int8)
    unknown = 0
    for row in range(len(found)):
        begin, end = np.uint64(places[row]), np.uint64(places[row + 1])
        length = end - begin
        first = np.uint64(0)
        if begin < len(eights):
            first = eights[begin]
            if length < 8:
                first &= (np.uint64(1) << np.uint64(8) * length) - np.uint64(1)
        else:  # the last bytes of all
            for place in range(begin, end):
                first |= np.uint64(letters[place]) << np.uint64(8) * (np.uint64(place) - begin)
        last = eights[end - np.uint64(8)] if length > 8 else np.uint64(0)
        at = slot(first, last, length, multiplier)
        unknown += (firsts[at] != first) | (lasts[at] != last) | (lengths[at] != length) | (numbers[at] < 0)
        found[row] = numbers[at]
    if unknown:
        raise ValueError("unknown words")
    return found


# ------------------------------------------------------------------------ timelines


DOSES, SAMPLES = ("subject", "route", "start_s"), ("subject", "matrix", "time_s")


def arrays(doses: pa.Table, samples: pa.Table) -> tuple[np.ndarray, ...]:
    return *of_doses(doses), *of_samples(samples)


def of_doses(table: pa.Table) -> tuple[np.ndarray, ...]:
    return table["subject"].to_numpy(), codes(table["route"], KEYS["route"]), table["start_s"].to_numpy()


def of_samples(table: pa.Table) -> tuple[np.ndarray, ...]:
    return table["subject"].to_numpy(), codes(table["matrix"], KEYS["matrix"]), table["time_s"].to_numpy()


def referee(folder: Path, _: int | None) -> Task:
    given = arrays(*task.timeline(folder, DOSES, SAMPLES))
    return Task(partial(in_any_order, *given, *task.ends(folder)), np.asarray, given)


def stored(folder: Path, _: int | None) -> Task:
    def work() -> np.ndarray:
        doses = pq.read_table(folder / "doses.parquet", columns=list(DOSES))
        samples = pq.read_table(folder / "samples.parquet", columns=list(SAMPLES))
        return in_any_order(*arrays(doses, samples), *task.ends(folder))

    return Task(work, np.asarray)


def in_any_order(subject, route, start, sampled, matrix, time, *ends):
    """Doses and samples brought together by subject; the statuses as the samples come."""
    by_subject, by_sampled = np.argsort(subject, kind="stable"), np.argsort(sampled, kind="stable")
    found = np.empty(len(sampled), np.int8)
    found[by_sampled] = every_pair(
        *(column[by_subject] for column in (subject, route, start)),
        *(column[by_sampled] for column in (sampled, matrix, time)),
        *ends,
    )
    return found


@njit
def every_pair(subject, route, start, sampled, matrix, time, opens, surely, closing, closed):
    found = np.empty(len(sampled), np.int8)
    first = 0
    for row in range(len(sampled)):
        while first < len(subject) and subject[first] < sampled[row]:
            first += 1
        highest = NO_DOSE
        dose = first
        while dose < len(subject) and subject[dose] == sampled[row]:
            elapsed = time[row] - start[dose]
            if elapsed >= 0:
                at = route[dose] * MATRICES + matrix[row]  # of the first substance: there is but one
                highest = max(highest, status(elapsed, opens[at], surely[at], closing[at], closed[at]))
            dose += 1
        found[row] = highest
    return found


def looking_back(folder: Path, _: int | None) -> Task:
    given = arrays(*task.timeline(folder, DOSES, SAMPLES))
    return Task(partial(from_the_latest, *given, *task.ends(folder)), np.asarray, given)


@njit
def from_the_latest(subject, route, start, sampled, matrix, time, opens, surely, closing, closed):
    """Sorted by subject and time: from the latest dose by then back, until nothing earlier can be higher."""
    found = np.empty(len(sampled), np.int8)
    longest = closed[: ROUTES * MATRICES].max()
    latest = -1
    for row in range(len(sampled)):
        while latest + 1 < len(subject) and (
            subject[latest + 1] < sampled[row]
            or (subject[latest + 1] == sampled[row] and start[latest + 1] <= time[row])
        ):
            latest += 1
        highest = NO_DOSE
        dose = latest
        while dose >= 0 and subject[dose] == sampled[row] and highest != EXPECTED:
            elapsed = time[row] - start[dose]
            if elapsed >= longest and highest != NO_DOSE:
                break
            at = route[dose] * MATRICES + matrix[row]
            highest = max(highest, status(elapsed, opens[at], surely[at], closing[at], closed[at]))
            dose -= 1
        found[row] = highest
    return found
