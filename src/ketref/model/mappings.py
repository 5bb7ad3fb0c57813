"""What is a convention for tables: which of its columns is which of ours, in which words, and which rows count?

One class a table of the files; the field names are the keys of the files. JSON Schemas are generated from these
classes, and nothing but `structuring` makes instances of them from files.
"""

from collections.abc import Container
from collections.abc import Mapping as Words
from typing import Literal

from attrs import field

from ketref.model.rules import record

TABLES = ("doses", "samples", "questions")
"""What the rows of a table can be; the results of one person are samples."""
UNITS_OF_TIME = {"ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
"""The units in which times are counted, in microseconds."""


@record
class Column:
    """How one of our columns is made: of the first of `theirs` that a table has, by names in any case.

    Of several entries with one name, the first that says something in a row counts. `missing` are words that say
    nothing, `words` turns theirs into ours (where that is `listed`, all others say nothing), and `unsaid` is what no
    word means: without `theirs`, what holds in each row. Numbers have a `unit`; times may be `counts` of one, `from` a
    moment, or from the one that is said; a `study-day` is a whole day, of which the first is that of the moment, and
    says nothing where none is said. What stands beside a rate, in the column `over`, is as long as it takes at that
    rate for one `unit` of time. An amount says something only `among` certain units, where these are named. Numbers may
    have their unit beside them, in the first column of `unit_in`; those without one say nothing then. Names that
    `perhaps` mean our column are not read; they are told of where it is missing.
    """

    name: str
    theirs: tuple[str, ...] = ()
    words: Words[str, str] = field(factory=dict)
    listed: bool = False
    missing: tuple[str, ...] = ()
    unsaid: str | None = None
    unit: str | None = None
    counts: Literal["ms", "s", "min", "h", "d", "study-day"] | None = None
    from_: str | None = None
    over: str | None = None
    among: tuple[str, ...] = ()
    unit_in: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()

    @property
    def beside(self) -> tuple[str, ...]:
        """The names of the column beside it that is read with it: that of a rate, or of units."""
        return self.unit_in or tuple(filter(None, [self.over]))


@record
class LeftOut:
    """Rows that are none of the table: those in which one of their columns holds one of some words; `says` why.

    Where these are `kept`, it is the rows that say anything else.
    """

    theirs: str
    words: tuple[str, ...]
    says: str
    kept: bool = False

    def leaves(self, said: str, words: Container[str]) -> bool:
        """Whether a row is left out by what it says, and by the words, both without case."""
        return bool(said) and said not in words if self.kept else said in words


@record
class Table:
    """How one kind of table is read; one that has a column that is `refused` means something else, which that tells.

    Columns that are `unread`, though they seem to matter, are told of, with why.

    Of a document that is nested, `at` is the path to its rows and `where` what these hold under some paths; the names
    of their columns are paths then.
    """

    column: tuple[Column, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    refused: Words[str, str] = field(factory=dict)
    unread: Words[str, str] = field(factory=dict)
    at: str | None = None
    where: Words[str, str] = field(factory=dict)

    @property
    def nested(self) -> bool:
        """Whether its rows lie within a document."""
        return self.at is not None or bool(self.where)

    @property
    def theirs(self) -> tuple[str, ...]:
        """All names of their columns that it reads."""
        found = [name for column in self.column for name in (*column.theirs, *column.beside)]
        return tuple(dict.fromkeys(filter(None, [*found, *(left.theirs for left in self.left_out)])))

    @property
    def paths(self) -> dict[str, list[str]]:
        """Those names, each with the words that are listed for it."""
        found: dict[str, list[str]] = {name: [] for name in self.theirs}
        for column in self.column:
            for name in column.theirs if column.listed else ():
                found[name] += column.words
        return found

    def before(self, other: "Table") -> "Table":
        """What it says, and then what another table of the kind does."""
        return Table(
            column=(*self.column, *other.column),
            left_out=(*self.left_out, *other.left_out),
            refused={**other.refused, **self.refused},
            unread={**other.unread, **self.unread},
            at=self.at or other.at,
            where=self.where or other.where,
        )


@record
class Mapping:
    """A convention: mappings/NAME.toml, or a file of one's own; what it says goes before that of one it `extends`."""

    says: str
    extends: str | None = None
    doses: Table = field(factory=Table)
    samples: Table = field(factory=Table)
    questions: Table = field(factory=Table)

    def table(self, what: str) -> Table:
        """How the tables are read whose rows are such."""
        found: Table = getattr(self, what)
        return found
