"""Which rows do JSON lines of any size hold?

Arrow reads them, and is asked only for what it reads right: it takes texts that look like times for times, and rounds
large whole numbers beside others. So a first look tells the type of each column, in which text is text; what Arrow does
not take, or would round, is halved until it does, or read line by line. A column has one type in the whole file: whole
numbers go with other numbers, and nothing else with what it is not.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from ketref.bulk.compiling import Integer, compiled, sealed
from ketref.bulk.files.batches import CANNOT, Written
from ketref.bulk.files.blocks import Blocks, Broken
from ketref.bulk.files.json_values import LineError, object_of
from ketref.bulk.files.streams import Held
from ketref.bulk.refusals import Refusal
from ketref.errors import quoted

_SMALL = 1 << 18  # bytes of half a text that is not taken apart further, where Arrow does not read it
_EXACT = 2.0**53  # from here on a number with a point may stand for several whole ones
_DEEPEST = 64  # brackets within each other: of many more, Arrow ends the process
_QUOTE, _BACKSLASH, _LINE_FEED = b'"\\\n'
_OPENED, _CLOSED = tuple(b"[{"), tuple(b"]}")
_NUMBERS = {pa.int64(), pa.float64()}


class JsonBlocks(Blocks):
    """A file with one JSON object a line."""

    def __init__(self, name: str, held: Held, compression: str | None, encoding: str, rejecting: bool = False) -> None:
        """Raises what tells the line where one has a value that does not go with those before it, or is not sound.

        Where that is `rejecting`, lines that are not sound are broken rows, unless all of them are.
        """
        super().__init__(name, "jsonl", held, compression, encoding, rejecting)
        types: dict[str, pa.DataType] = {}
        for offset, block, _ in self._blocks():
            if _by_arrow(block, pa.schema(list(types.items()))) is not None:
                continue  # nothing is new here, which is told sooner than what is
            for at, content, found, _ in self._tables(block, offset, None):
                for field in found.schema:
                    try:
                        types[field.name] = _both(types.get(field.name, pa.null()), _plain(field.type))
                    except TypeError:
                        self._refuse_stranger(field.name, types[field.name], content, at)
        self.schema = pa.schema(list(types.items()))
        if not types and rejecting:
            self._rejecting = False
            for begin, text, _ in self._blocks():
                self._objects(text, begin)

    def _end(self, content: bytes) -> tuple[int, bool]:
        return content.rfind(b"\n") + 1, False

    def _breaks(self, block: bytes) -> int:
        return block.count(b"\n")

    def _table(self, block: bytes, offset: int, _: bool | None) -> tuple[pa.Table, Broken]:
        tables: list[pa.Table] = []
        broken: Broken = {}
        rows = 0
        for *_of, found, wrong in self._tables(block, offset, self.schema):
            broken |= {rows + row: refusal for row, refusal in wrong.items()}
            tables.append(found)
            rows += found.num_rows
        return pa.concat_tables(tables), broken

    def _written_in(self, block: bytes, rows: Collection[int], before: int) -> dict[int, Written]:
        written = (
            (number, text) for number, line in enumerate(block.split(b"\n"), before + 1) if (text := line.strip())
        )
        return {row: Written(line, text.decode()) for row, (line, text) in enumerate(written) if row in rows}

    def _tables(
        self, content: bytes, at: int, schema: pa.Schema | None
    ) -> Iterator[tuple[int, bytes, pa.Table, Broken]]:
        """The rows of a text, in parts, each with the byte that it begins with and its text, and which are broken.

        Without types they have those that are found.
        """
        found = _by_arrow(content, schema)
        middle = len(content) // 2
        end = self._end(content[:middle])[0] if found is None and middle > _SMALL else 0
        if end:
            yield from self._tables(content[:end], at, schema)
            yield from self._tables(content[end:], at + end, schema)
        else:
            broken: Broken = {}
            yield at, content, self._by_hand(content, at, schema, broken) if found is None else found, broken

    def _by_hand(self, content: bytes, at: int, schema: pa.Schema | None, broken: Broken) -> pa.Table:
        numbers, rows = self._objects(content, at, broken)
        names = dict.fromkeys(name for row in rows for name in row) if schema is None else schema.names
        types = {} if schema is None else dict(zip(schema.names, schema.types, strict=True))
        return pa.table(
            {name: _column(name, [row.get(name) for row in rows], numbers, types.get(name)) for name in names}
        )

    def _objects(self, content: bytes, at: int, broken: Broken | None = None) -> tuple[list[int], list[dict[str, Any]]]:
        """The objects of a text, and the line of each; that of a broken row says nothing."""
        before = self._lines_before(at) + 1
        lines = [(number, line) for number, line in enumerate(content.split(b"\n"), before) if line.strip()]
        rows: list[dict[str, Any]] = []
        for number, line in lines:
            try:
                rows.append(object_of(line, number))
            except LineError as error:
                if not self._rejecting:
                    raise
                if broken is not None:
                    reason = str(error).replace(f"line {number}", "the line", 1)
                    broken[len(rows)] = Refusal(reason, value=quoted(line.decode().strip()), code="broken-line")
                rows.append({})
        return [number for number, _ in lines], rows

    def _refuse_stranger(self, name: str, known: pa.DataType, content: bytes, at: int) -> None:
        """Refuse the first value of a column that does not go with those of the texts before."""
        numbers, rows = self._objects(content, at)
        values = [row.get(name) for row in rows]
        row = _first(len(values), lambda last: not _goes(known, pa.array(values[: last + 1]).type))
        raise _stranger(name, values[row], numbers[row], known)


# ---------------------------------------------------------------- by Arrow


def _by_arrow(content: bytes, schema: pa.Schema | None) -> pa.Table | None:
    """The rows as Arrow reads them, None where it does not, or not exactly."""
    try:
        if not content.isascii():
            content.decode()  # which Arrow does not ask
    except UnicodeDecodeError:
        return None
    if compiled(depth)(sealed(np.frombuffer(content, np.uint8))) > _DEEPEST:
        return None
    for block in (None, len(content)):  # a line may be longer than a block
        try:
            found = arrow_json.read_json(
                pa.BufferReader(content),
                arrow_json.ReadOptions(block_size=block),
                arrow_json.ParseOptions(
                    explicit_schema=schema, unexpected_field_behavior="infer" if schema is None else "error"
                ),
            )
            found.validate()  # lists of nulls come out broken
        except pa.ArrowException:
            continue
        whole = found.num_rows == _ended(content) or found.num_rows == _written(content)
        return found if whole and not any(map(_rounded, found.columns)) else None
    return None


def depth(content: Any) -> Integer:
    """How many brackets are open at most, outside of texts; in each line anew."""
    found, now, at, size = 0, 0, 0, len(content)
    while at < size:
        byte = content[at]
        at += 1
        if byte == _QUOTE:
            while at < size and content[at] not in (_QUOTE, _LINE_FEED):
                at += 1 + (content[at] == _BACKSLASH)
            at += 1
        elif byte in _OPENED:
            now += 1
            found = max(found, now)
        elif byte in _CLOSED:
            now -= 1
        elif byte == _LINE_FEED:
            now = 0
    return found


def _ended(content: bytes) -> int:
    """How many lines a text has."""
    return content.count(b"\n") + (not content.endswith(b"\n"))


def _written(content: bytes) -> int:
    """How many lines hold something."""
    return sum(1 for line in content.split(b"\n") if line.strip())


def _rounded(values: pa.ChunkedArray) -> bool:
    """Whether among numbers with a point there are some that may have been whole ones, which Arrow rounds."""
    if pa.types.is_floating(values.type):
        return bool(pc.any(pc.greater_equal(pc.abs(values), _EXACT)).as_py())
    if pa.types.is_list(values.type):
        return _rounded(pc.list_flatten(values))
    if pa.types.is_struct(values.type):
        return any(_rounded(pc.struct_field(values, at)) for at in range(values.type.num_fields))
    return False


# ---------------------------------------------------------------- types


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type of a column as it is written, where Arrow takes texts for times."""
    if pa.types.is_temporal(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _plain(field.type)) for field in kind])
    return kind


def _both(known: pa.DataType, found: pa.DataType) -> pa.DataType:
    """The type of values of two types. Raises TypeError where they do not go together."""
    if known == found or pa.types.is_null(found):
        return known
    if pa.types.is_null(known):
        return found
    if {known, found} == _NUMBERS:
        return pa.float64()
    if pa.types.is_list(known) and pa.types.is_list(found):
        return pa.list_(_both(known.value_type, found.value_type))
    if pa.types.is_struct(known) and pa.types.is_struct(found):
        fields = {field.name: field.type for field in known}
        for field in found:
            fields[field.name] = _both(fields.get(field.name, pa.null()), field.type)
        return pa.struct(list(fields.items()))
    raise TypeError(f"{found} does not go with {known}")


def _goes(known: pa.DataType, found: pa.DataType) -> bool:
    try:
        _both(known, found)
    except TypeError:
        return False
    return True


# ---------------------------------------------------------------- by hand


def _column(name: str, values: Sequence[Any], lines: Sequence[int], kind: pa.DataType | None) -> pa.Array:
    found = _array(values, kind)
    if found is not None:
        return found
    row = _first(len(values), lambda last: _array(values[: last + 1], kind) is None)
    value = values[row]
    if _array([value], None) is not None:
        raise _stranger(name, value, lines[row], kind or _array(values[:row], None).type)
    what = (
        "is a number of more than 64 bits: write it as text" if isinstance(value, int) else "cannot be held by a table"
    )
    raise ValueError(f"line {lines[row]}: `{name}`, {_in_short(value)}, {what}")


def _first(count: int, wrong: Callable[[int], bool]) -> int:
    """The first of some rows up to which it is wrong."""
    return bisect_left(range(count), True, key=wrong)


def _stranger(name: str, value: Any, line: int, known: pa.DataType) -> ValueError:
    what = f"does not go with the values before it, which are of type {known}"
    return ValueError(f"line {line}: `{name}`, {_in_short(value)}, {what}")


def _array(values: Sequence[Any], kind: pa.DataType | None) -> Any:
    """The values as an array of one type, None where there is none for all of them."""
    try:
        found = pa.array(values, kind)
    except CANNOT:
        return None
    number = pa.types.is_integer(found.type) or pa.types.is_floating(found.type)
    return None if number and any(isinstance(value, bool) for value in values) else found


def _in_short(value: Any) -> str:
    return f"`{quoted(value)}`" if isinstance(value, str) else quoted(value)
