"""Which tables need all that is compiled, so that no later one waits for the compiler?

A few rows are asked with ever more columns of words, in each form in which tables hold these, and with what may be said
besides. What they are answered does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from ketref import csv_text
from ketref.book.loading import Book
from ketref.bulk.many import detect_many, effects_many, evaluate
from ketref.bulk.questions import READ, REQUIRED
from ketref.bulk.separated import table
from ketref.model.axes import TERM_AXES
from ketref.model.kinds import PHASE, WINDOW

_HELD = (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()))
_ASKED = (
    (WINDOW, detect_many, ("status", "rule", "earliest_stage", "next_change_s")),
    (PHASE, effects_many, ("phase_earliest", "rule", "next_change_s")),
)
_MORE: tuple[Mapping[str, str], ...] = ({"infusion": "40 min"}, {"dose": "50 mg"})
_TIMES = ("2026-03-01T10:00Z", "2026-03-02T11:30Z")
_QUOTED = b'substance,since\n"a","1 h"\n'


def warm(book: Book) -> None:
    """Ask all of it."""
    words = {"substance": book.folders[0], **{axis: getattr(book.terms, axis)[0].id for axis in TERM_AXES}}
    table(csv_text.opened(_QUOTED, ("substance",)))
    for kind, call, columns in _ASKED:
        own = [(name, word) for name, word in words.items() if name in READ[kind]]
        ever_more = [dict(own[:count]) for count in range(len(REQUIRED[kind]), len(own) + 1)]
        for said in (*ever_more, *({**ever_more[-1], **more} for more in _MORE)):
            for held in _HELD:
                call(_held({**said, "since": "3 h"}, held), columns, rules=book, on_error="reject", notes=_unheard)
    doses = {"substance": words["substance"], "route": words["route"], "start": _TIMES[0], **_MORE[1]}
    samples = {"matrix": words["matrix"], "time": _TIMES[1]}
    for held in _HELD:
        for subjects in (["1", "1", "2"], ["1", "2", "1"]):
            of = pa.array(subjects)
            tables = (_held(said, held).append_column("subject", of) for said in (doses, samples))
            evaluate(*tables, rules=book, on_error="reject", notes=_unheard)


def _held(said: Mapping[str, str], kind: pa.DataType) -> pa.Table:
    """Three rows that say it."""
    return pa.table({name: pa.array([word] * 3, pa.string()).cast(kind) for name, word in said.items()})


def _unheard(_: str) -> None:
    """What is told of these rows is for nobody."""
