"""Which answers does a book give to many questions, over data frames of Spark?

What is asked is answered where the rows are: nothing is computed before the answers are. It needs the packages of
the extra `spark` here and wherever Spark runs its Python workers, and a Java of which Spark says that it runs on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from unicodedata import category

from attrs import evolve

from ketref.book.loading import Rules, chosen
from ketref.bulk.many import Keys
from ketref.errors import UsageError, quoted
from ketref.extras import needing
from ketref.model import times
from ketref.model.kinds import PHASE, WINDOW, Kind, columns_of
from ketref.model.said import Midnight, Moment, Order, Zone
from ketref.person.regimens import Ongoing

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from ketref.bulk.runs.spread import FirstTime

Notes = Callable[[str], object]


def detect_many(
    questions: DataFrame,
    columns: Sequence[str] = ("status", "rule"),
    *,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
    prefix: str = "",
    notes: Notes | None = None,
) -> DataFrame:
    """Is each of many tests expected to be positive, so long after a dose?

    As `ketref.detect_many` with `on_error="reject"`, of a data frame of Spark: gives one with the columns of the
    `questions`, then those of the answers (texts, and whole numbers of 64 bits), and `reject`. Rows are answered where
    they are, without a shuffle, once the answers are used. A TIMESTAMP is a moment, read in UTC whatever the time zone
    of the session; a TIMESTAMP_NTZ has no zone.

    `notes` is told what the columns alone tell; notes on rows go to the error output of the workers, one for each
    partition. Raises UsageError where a column is missing or is of a kind that it cannot be, or a package is missing.
    """
    return _answered(WINDOW, questions, columns, (tz, dates, midnight), rules, prefix, notes)


def effects_many(
    questions: DataFrame,
    columns: Sequence[str] = ("phase_earliest", "phase_latest", "rule"),
    *,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
    prefix: str = "",
    notes: Notes | None = None,
) -> DataFrame:
    """Which phase of its psychoactive effect may each of many doses be in?

    As `ketref.effects_many` with `on_error="reject"`; in all else as `detect_many`.
    """
    return _answered(PHASE, questions, columns, (tz, dates, midnight), rules, prefix, notes)


def evaluate(
    doses: DataFrame,
    samples: DataFrame,
    columns: Sequence[str] | None = None,
    *,
    row: str = "row",
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
    only: str | Sequence[str] | None = None,
    ongoing: Ongoing | None = None,
    known_since: Moment | None = None,
    keys: Keys = "alike",
    prefix: str = "",
    notes: Notes | None = None,
) -> DataFrame:
    """Is each of many samples expected to be positive, over all doses that its subject took by then?

    As `ketref.evaluate` with `on_error="reject"`, of data frames of Spark. `row` is the column of both tables that
    numbers their rows, with whole numbers: each number once in a table. What the answers call the number of a row, as
    `dose` does, is this number, and rows with the same time come in its order. Gives a data frame with the columns of
    the `samples`, then those of the answers (texts, and whole numbers of 64 bits), and `reject`; by default with
    `substance` unless the samples have it. It is in no order: sort it by `row`, where one matters.

    The rows are shuffled by subject once, and each partition is answered in one pass; a worker holds some rows, or all
    of the subject that has most. Nothing of that happens before the answers are used, but where the times of the tables
    are texts: then the first time of day is looked for, which tells whether they have zones. A TIMESTAMP is a moment,
    read in UTC whatever the time zone of the session; a TIMESTAMP_NTZ has no zone.

    `notes` is told what the columns alone tell; notes on rows go to the error output of the workers, one for each
    partition. What only all rows together tell is not told: that no subject of the samples is among the doses. What the
    single machine refuses to answer at all, such as a dose without a subject or two subjects that differ only in case,
    blanks or leading zeros, ends the job as an error of its workers.
    Raises UsageError where a column is missing or is of a kind that it cannot be, or a package is missing.
    """
    book = chosen(rules)
    with needing("spark"):
        import pyspark  # noqa: F401

        from ketref.bulk.noted import warned
        from ketref.bulk.runs.spread import FirstTime, Samples
        from ketref.bulk.timelines.evaluate import Asked
        from ketref.bulk.timelines.rows import DOSES
    asked = Asked(
        book=book,
        columns=columns,
        notation=times.notation(tz, dates, midnight),
        on_error="reject",
        only=only,
        ongoing=ongoing,
        known_since=known_since,
        keys=keys,
        prefix=prefix,
    )
    tables = {"samples": _schema(samples), "doses": _schema(doses)}
    answering = Samples.of(asked, row, tables["doses"], tables["samples"], notes or warned)
    frames = {"samples": samples, "doses": doses.select([name for name in doses.columns if name in {*DOSES, row}])}
    firsts = {what: FirstTime(what, book, asked.notation) for what in frames}
    declared = _declared(samples, answering.asked.columns or (), answering.form, prefix, "samples")
    answering = evolve(answering, zoneless=_zoneless(frames, tables, firsts))
    return shuffled(frames["doses"], samples, row, keys).mapInArrow(answering, declared)


def shuffled(doses: DataFrame, samples: DataFrame, row: str, keys: Keys) -> DataFrame:
    """The rows of both tables together: all of a subject in one partition, there sorted by subject and `row`."""
    from pyspark.sql import functions

    from ketref.bulk.runs.parts import SUBJECT
    from ketref.bulk.runs.spread import DOSE, SAMPLE

    no_dose, no_sample = (functions.lit(None).cast(frame.schema) for frame in (doses, samples))
    whole = functions.struct("*")
    together = doses.select(whole.alias(DOSE), no_sample.alias(SAMPLE)).union(
        samples.select(no_dose.alias(DOSE), whole.alias(SAMPLE))
    )
    subject, number = (
        functions.coalesce(*(functions.col(side).getField(name) for side in (DOSE, SAMPLE))) for name in (SUBJECT, row)
    )
    apart = functions.translate(functions.lower(subject), _ALIKE, "") if keys == "alike" else subject
    return together.repartition(apart).sortWithinPartitions(subject, number)


_ALIKE = "0\t\n\v\f\r" + "".join(c for c in map(chr, range(1 << 16)) if category(c) in {"Zs", "Zl", "Zp", "Cf"})
"""Without these characters, and case, subjects that are hardly meant to differ are one: so they meet."""


def _answered(
    kind: Kind,
    questions: DataFrame,
    columns: Sequence[str],
    written: tuple[Zone | None, Order | None, Midnight | None],
    rules: Rules,
    prefix: str,
    notes: Notes | None,
) -> DataFrame:
    book = chosen(rules)
    with needing("spark"):
        import pyspark  # noqa: F401

        from ketref.bulk.noted import warned
        from ketref.bulk.questions import Asked
        from ketref.bulk.runs.spread import Questions
    notation = times.notation(*written)
    columns = columns_of(kind, columns)
    asked = Asked(kind=kind, book=book, columns=columns, notation=notation, on_error="reject", prefix=prefix)
    answering = Questions.of(asked, _schema(questions), notes or warned)
    return questions.mapInArrow(answering, _declared(questions, columns, answering.form, prefix, "questions"))


def _schema(frame: DataFrame) -> pa.Schema:
    """The columns of a data frame, as its workers get them. Raises UsageError where it is none."""
    from pyspark.errors import PySparkException

    if not hasattr(frame, "mapInArrow"):
        hint = "give a data frame of Spark, as `spark.read` and `spark.createDataFrame` do"
        raise UsageError(f"`{quoted(type(frame).__name__)}` is not a data frame of Spark", value=frame, hint=hint)
    try:
        return frame.limit(0).toArrow().schema
    except PySparkException as error:
        raise UsageError(f"the columns cannot be read: {error}"[:300], value=frame.columns) from None


def _declared(frame: DataFrame, columns: Iterable[str], answers: pa.Schema, prefix: str, what: str) -> StructType:
    """The columns of a data frame, and those of the answers to it. Raises UsageError where they share a name."""
    from pyarrow.types import is_integer
    from pyspark.sql.types import LongType, StringType, StructType

    from ketref.bulk.runs.jobs import refuse_taken

    refuse_taken(prefix, columns, frame.columns, what)
    found = StructType(list(frame.schema))
    for column in answers:
        found.add(column.name, LongType() if is_integer(column.type) else StringType())
    return found


def _zoneless(
    frames: Mapping[str, DataFrame], tables: Mapping[str, pa.Schema], firsts: Mapping[str, FirstTime]
) -> bool:
    """Whether the clock of all times has no zone, by the first sample that is a time of day, else the first such dose.

    Types tell it; texts are looked through for the first. Raises UsageError where the tables are on two clocks.
    """
    from ketref.bulk.runs.spread import refuse_two_clocks

    by_type = {what: first.by_type(tables[what]) for what, first in firsts.items()}
    refuse_two_clocks(**by_type)
    days = []
    for what, first in firsts.items():
        if (told := by_type[what]) is not None:
            return told
        texts = [name for name, kind in frames[what].dtypes if name in first.names and kind == "string"]
        if texts:
            found = frames[what].select(texts).mapInArrow(first, "timed boolean, zoneless boolean")
            if timed := found.where("timed").first():
                return bool(timed.zoneless)
            days.append(found)
    return not any(found.first() for found in days)
