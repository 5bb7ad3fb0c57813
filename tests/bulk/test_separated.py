"""Is every row of a CSV text read as it stands, or the text refused with the line that is not sound?"""

from __future__ import annotations

import csv
import io
import random
import re
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from ketref.bulk import separated
from ketref.csv_text import CsvError, opened

BLOCK = 1 << 20  # the bytes that Arrow reads at a time
HEADER = "substance,matrix,method,cutoff,since,note\n"


def table(content: bytes) -> Any:
    return separated.table(opened(content))


def read(text: str) -> list[list[str]]:
    """The rows of a text, what is empty as ""."""
    found = table(text.encode())
    columns = [["" if value is None else value for value in column.to_pylist()] for column in found.columns]
    return [found.column_names, *map(list, zip(*columns, strict=True))]


def written(rows: list[list[str]], quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(rows)
    return text.getvalue()


def as_python(text: str) -> list[list[str]]:
    """The rows as Python's csv reads them where it is strict. Raises ValueError where it does not."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(map(str.strip, row))]
    except csv.Error as error:
        raise ValueError(error) from error
    names = [name.strip() for name in rows[0]] if rows else []
    while names and not names[-1]:
        names.pop()
    width = len(names)
    if not rows or any(len(row) < width or any(map(str.strip, row[width:])) for row in rows):
        raise ValueError("ragged, or empty")
    return [names, *(row[:width] for row in rows[1:])]


@pytest.mark.parametrize("seed", range(8))
def test_small_texts_are_read_as_python_reads_them_or_refused_with_a_line(seed):
    drawn = random.Random(seed)  # noqa: S311
    outcomes = {"read": 0, "refused": 0}
    for _ in range(500):
        signs = drawn.choice(['ab,"\n', 'ab,,""\n\n', 'a,"\r\n', '",\n', 'a"\r'])
        text = "h,k" + drawn.choice(["\n", "\r\n", ""]) + "".join(drawn.choices(signs, k=drawn.randrange(14)))
        try:
            rows = as_python(text)
        except ValueError:
            with pytest.raises(ValueError, match=r"line \d+"):
                table(text.encode())
            outcomes["refused"] += 1
        else:
            assert read(text) == rows, repr(text)
            outcomes["read"] += 1
    assert min(outcomes.values()) > 50


@pytest.mark.parametrize("seed", range(6))
def test_large_texts_with_quoted_line_breaks_keep_every_row(seed):
    drawn = random.Random(seed)  # noqa: S311
    note = [
        "fine",
        'a "quoted" word',
        "was:\nketamine,urine,gc-ms,25 ng/mL,5 h,corrected",
        "x\r\ny",
        'tube 5"',
        "",
        "é, µ",
    ]
    rows = [HEADER.strip().split(",")]
    size = 0
    while size < 3 * BLOCK:
        row = ["ketamine", "urine", "gc-ms", "25 ng/mL", "90 d", drawn.choice(note) * drawn.randrange(1, 60)]
        size += sum(map(len, row)) + 6
        rows.append(row)
    text = written(rows, drawn.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), drawn.choice(["\n", "\r\n"]))
    assert read(text) == rows


def test_a_quoted_line_at_the_edge_of_a_block_is_not_a_row():
    def row(note: str) -> str:
        return f"ketamine,urine,gc-ms,25 ng/mL,90 d,{note}\n"

    text = HEADER + row("fine") * ((BLOCK - len(HEADER) - 300) // len(row("fine")))
    opened = 'ketamine,urine,gc-ms,25 ng/mL,90 d,"was:\n'
    text += row("n" * (BLOCK - len(text) - len(opened) - 10 - len(row(""))))
    text += opened + 'ketamine,urine,gc-ms,25 ng/mL,5 h,corrected by hand on 3 March see book"\n'
    text += row("fine") * 1000
    found = read(text)
    assert found == as_python(text)
    assert {row[4] for row in found[1:]} == {"90 d"}


def test_a_value_that_is_longer_than_a_block_is_read():
    text = f"a,b\n1,{'x' * 3 * BLOCK}\n2,y\n"
    assert [len(row[1]) for row in read(text)] == [1, 3 * BLOCK, 1]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('a,b\n1,fine\n2,"see file\n3,fine\n4,fine\n', 3, "a quote opens a value"),
        ('a,b\r\n1,"x\r\ny"\r\n2,"see file\r\n3,"fine"\r\n', 4, "a quote opens a value"),
        ('a,b\n1,"x" y\n', 2, "a quote opens a value"),
        ('"a,b\n1,2\n', 1, "a quote opens a value"),
        ("a,b\n1,2\n\n1,2,3\n", 4, "3 values, the header names 2"),
        ('a,b\n1,"x\ny\nz"\n1\n', 5, "1 value, the header names 2"),
    ],
)
def test_what_is_not_sound_is_refused_with_its_line(text, line, said):
    with pytest.raises(ValueError, match=re.escape(f"line {line}: {said}")):
        table(text.encode())


def test_a_byte_that_is_not_utf_8_is_refused_with_its_line():
    with pytest.raises(ValueError, match="line 3 is not UTF-8"):
        table(b"a,b\n1,2\n3,\xb5g\n")
    with pytest.raises(ValueError, match="line 1 is not UTF-8"):
        table(b"a,\xb5g\n1,2\n")


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_header_tells_which_sign_is_between_values(sign):
    rows = [["substance", "a, b;\tc", "since"], ["ketamine", "x, y; z\t", "1,5 h"]]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=sign).writerows(rows)
    assert read(text.getvalue()) == rows


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("empty", ["", ",,,,", " , ,,,", "   ", '"","",,,', ",", ",,,,,,,"])
def test_what_holds_no_value_is_no_row_and_no_column(empty, end):
    lines = ["a,b,c,,", empty, "1,2,3,,", empty, "4,,6", empty, empty, "7,8,9,,,,"]
    assert read(end.join(lines)) == [["a", "b", "c"], ["1", "2", "3"], ["4", "", "6"], ["7", "8", "9"]]
    text = opened(end.join([*lines, ""]).encode())
    assert text.lines([0, 1, 2]) == {0: 3, 1: 5, 2: 8}
    assert text.lines([]) == {}


def test_a_value_under_no_name_is_refused_with_its_line():
    with pytest.raises(ValueError, match="line 3: 3 values, the header names 2"):
        read("a,b,\n1,2,\n3,4,5\n")


def test_a_row_that_spans_lines_is_named_by_its_first():
    text = opened(b'a,b\n1,"x\ny\n\n"\n\n2,"""z"\n3,4\n')
    assert text.lines([0, 1, 2]) == {0: 2, 1: 7, 2: 8}


KNOWN = ("subject", "substance", "start")


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("LIS export 2026-03-02\n", 1),
        ("LIS export 2026-03-02,,\n,,\n", 2),
        ('"Export, of 2 March; all"\n\nby me\n', 3),
        ("a,b,c\n", 1),
        ("\n\n;;\nMarch;2026;x\n", 4),
    ],
)
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_title_above_the_header_is_refused_until_it_is_skipped(above, lines, sign):
    content = (above + "subject,substance,start\nA,ketamine,2026\n".replace(",", sign)).encode()
    with pytest.raises(CsvError, match=f"line {lines + 1} seems to be the header") as error:
        opened(content, KNOWN)
    assert f"--skip-lines {lines}" in error.value.hint
    text = opened(content, KNOWN, lines)
    assert separated.table(text).to_pylist() == [{"subject": "A", "substance": "ketamine", "start": "2026"}]
    assert text.lines([0]) == {0: lines + 2}


def test_a_header_is_never_skipped():
    assert opened(b"subject,substance\nA,ketamine\n", KNOWN, 1).names == ["subject", "substance"]
    with pytest.raises(CsvError, match="it is empty after 9 lines"):
        opened(b"a,b\n1,2\n", KNOWN, 9)


@pytest.mark.parametrize("text", ["a,b", "a,b\n", "\ufeffa,b\r\n", '\n"a",b\n\n'])
def test_a_header_alone_is_a_table_without_rows(text):
    assert read(text) == [["a", "b"]]


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "\r\n\r\n"])
def test_a_text_without_a_header_is_refused(text):
    with pytest.raises(ValueError, match="empty"):
        table(text.encode())


def test_columns_of_one_name_are_both_kept():
    assert read("a,b,a\n1,2,3\n") == [["a", "b", "a"], ["1", "2", "3"]]


@pytest.mark.parametrize("seed", range(6))
def test_the_line_of_every_row_is_where_it_stands(seed):
    drawn = random.Random(seed)  # noqa: S311
    for _ in range(200):
        sign = drawn.choice([",", ";"])
        values = ["x", "", " ", '"', '""', "a\nb", "\n", 'in "it"', f"a{sign}b"]
        text, starts, line = f"h{sign}k\n", [], 2
        for _ in range(drawn.randrange(6)):
            row = [drawn.choice(values), drawn.choice(values)]
            out = io.StringIO(newline="")
            csv.writer(out, delimiter=sign, lineterminator="\n").writerow(row)
            if any(map(str.strip, row)):
                starts.append(line)
            text, line = text + out.getvalue(), line + out.getvalue().count("\n")
        found = opened(text.encode())
        assert separated.table(found).num_rows == len(starts), repr(text)
        assert list(found.lines(range(len(starts))).values()) == starts, repr(text)
