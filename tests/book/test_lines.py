"""On which line of a TOML text does a key or an element stand?

In the texts written here every value is the number of its own line (written as `@`), so that what tomllib reads is what
the scanner has to find.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketref.book.lines import line_of, lines

RULES = Path(__file__).parents[2] / "rules"
FILES = sorted(RULES.rglob("*.toml"))


def numbered(text: str) -> str:
    """The text with every `@` replaced by the number of its line."""
    return "\n".join(line.replace("@", str(number)) for number, line in enumerate(text.split("\n"), 1))


def leaves(value: Any, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """Every value that is no table and no array, by its path."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if children is None:
        yield path, value
    else:
        for key, child in children:
            yield from leaves(child, (*path, key))


def paths(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """The path of everything in a document."""
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from paths(child, (*path, key))


def check(text: str) -> None:
    document, found = tomllib.loads(text), lines(text)
    assert set(found) == set(paths(document))
    assert {path: found[path] for path, _ in leaves(document)} == {p: int(value) for p, value in leaves(document)}


# ---------------------------------------------------------------- rule files


def test_the_paths_of_rule_files_are_those_of_tomllib_each_on_a_line_that_shows_its_key():
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        found, source = lines(text), text.splitlines()
        assert set(found) == set(paths(tomllib.loads(text))), file
        named = {path: line for path, line in found.items() if isinstance(path[-1], str)}
        assert [path for path, line in named.items() if path[-1] not in source[line - 1]] == [], file


# ---------------------------------------------------------------- by hand


@pytest.mark.parametrize(
    "text",
    [
        "a = @\nb.c = @\nb.d.e = @",
        "# [a]\n\n  [ a . b ] # [c]\n\tc = @ # d = 1\n",
        '"a b" = @\n\'c.d\' = @\n"e\\u0066\\"" = @\n"" = @\n"#" = @',
        '[x."y z".\'[w]\']\n"a".b."c d" = @',
        "a = \"\"\"@\"\"\"\nb = '''@'''",
        'a = [\n  @, # ] }\n  [@, @], {b = @, c = {d = @}},\n  # [\n\n  "@",\n]\nz = @',
        "a = [[@], [\n@,\n@\n], []]\nb = {}\nc = [ ]\nd = [{}]",
        "[[a]]\nx = @\n[[a]]\n[[a.b]]\nx = @\n[a.b.c]\nx = @\n[[a.b]]\nx = @\n[[a]]\n[a.d]\nx = @",
        "[[a.b.c]]\nx = @\n[[a.b.c]]\nx = @\n[a.e]\nx = @",
        "[a.b]\nx = @\n[a]\ny = @\n[c]\n[a.d]\nz = @",
        "a = {b.c = @, b.d = @, \"e f\" = '@', g=[@,@]}",
        'a = "@"# b = "x"\nb = \'@\' # "\nc = @#',
        "a=@\r\nb = [\r\n@,\r\n]\r\nc = '@'",
        "a1-_ = @\n-1 = @\n1.2 = @",
    ],
)
def test_awkward_toml_is_read_as_tomllib_reads_it(text):
    check(numbered(text))


@pytest.mark.parametrize(
    "string",
    [
        '"""a"""',
        '""""a"""',
        '"""a"""""',
        '""""""',
        '"""\n[a]\nb = 1\n"""',
        '"""a \\""" b"""',
        '"""\\\\"""',
        '"""a\\\n   b"""',
        "'''a'''",
        "''''a'''''",
        "''''''",
        "'''\n\\'''",
        '"a \\" ] } # b"',
        '"\\\\"',
        '""',
        "''",
        "'\\'",
        '"[[a]]"',
    ],
)
def test_a_string_is_skipped_whole_whatever_is_in_it(string):
    text = f"a = {string}\nb = {{ c = {string}, d = 1 }}\ne = [{string}, {string}]\nf = 1\n"
    assert set(lines(text)) == set(paths(tomllib.loads(text)))
    assert lines(text)[("f",)] == text.count("\n")


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "-1.5e3",
        "inf",
        "nan",
        "true",
        "0xff",
        "1_000",
        "2026-11-23",
        "2026-11-23 10:00:00Z",
        "10:00:00",
        "1979-05-27T07:32:00.5-07:00",
    ],
)
def test_a_plain_value_is_skipped_whole(value):
    text = f"a = {value} # , ]\nb = [{value}, {value}\n]\nc = {{d = {value}}}\ne = {value}"
    assert set(lines(text)) == set(paths(tomllib.loads(text)))
    assert lines(text)[("e",)] == 5


# ---------------------------------------------------------------- drawn

names = st.sampled_from(["a", "b-1", "1", "c d", 'q"', "e.f", "", "[g]", "#", "\u00e9", "tab\t"])
gaps = st.sampled_from(["", " ", "\n", '  # ] } [[x]] "\n', "\n\n\t"])
scalars = st.sampled_from(["@", '"@"', "'@'", '"""@"""', "'''@'''", "@ "])


def key(name: str) -> str:
    if name.isascii() and name.replace("-", "").isalnum():
        return name
    return '"' + name.replace('"', '\\"').replace("\t", "\\t") + '"'


@st.composite
def values(draw: st.DrawFn, depth: int = 2) -> str:
    """A value: a scalar, an array over several lines, or an inline table."""
    kind = draw(st.sampled_from(["scalar", "array", "table"])) if depth else "scalar"
    if kind == "scalar":
        return draw(scalars)
    if kind == "array":
        items = draw(st.lists(values(depth - 1), max_size=3))
        gap = st.builds(str, gaps)
        written = "".join(f"{draw(gap)}{item}{draw(gap)}," for item in items)
        return f"[{written}{draw(gap)}]"
    pairs = draw(st.lists(st.tuples(names, values(depth - 1)), max_size=3, unique_by=lambda pair: pair[0]))
    return "{" + ", ".join(f"{key(name)} = {value}" for name, value in pairs) + "}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document of pairs, tables, arrays of tables within them, comments and empty lines."""
    written: list[str] = []

    def body() -> None:
        for name in draw(st.lists(names, max_size=3, unique=True)):
            dotted = f".{key(draw(names))}" * draw(st.booleans())
            written.append(f"{key(name)}{dotted} = {draw(values())}{draw(st.sampled_from(['', ' # [x]', '  ']))}")
        written.extend(draw(st.lists(st.sampled_from(["", "# [[y]]", "\t"]), max_size=2)))

    body()
    for top in draw(st.lists(names, max_size=3, unique=True)):
        table = key("T" + top)
        for _ in range(draw(st.integers(1, 3))):
            written.append(f"[[ {table} ]]")
            body()
            for _ in range(draw(st.integers(0, 2))):
                written.append(f"[[{table}.{key('S' + top)}]]")
                body()
                if draw(st.booleans()):
                    written.append(f'  [{table} . {key("S" + top)}."sub table"]')
                    body()
        written.append(f"[{key('U' + top)}.v]")
        body()
    return "\n".join(written)


@settings(max_examples=100, deadline=None)
@given(documents())
def test_drawn_toml_is_read_as_tomllib_reads_it(text):
    check(numbered(text))


# ---------------------------------------------------------------- what is not there


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a", 1, "x"), 4),
        (("a", 1, "missing"), 3),
        (("a", 1, "x", "deeper", 5), 4),
        (("a", 7), 1),
        (("nowhere",), 1),
        ((), 1),
    ],
)
def test_a_missing_path_stands_on_the_line_of_what_is_around_it(path, line):
    assert line_of(lines("[[a]]\nx = 1\n[[a]]\nx = 1\n"), path) == line
