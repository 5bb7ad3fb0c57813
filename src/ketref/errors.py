"""What can go wrong, and what does each error carry?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from attrs import field, frozen

from ketref.visible import shown

MOST_SHOWN = 40
MOST_LISTED = 10
LONGEST_LINE = 2000  # characters


class KetrefError(Exception):
    """The base of every error that ketref raises on purpose; its text says what, where, why and what to do.

    Its lines are as given: what they quote makes no further ones, whatever it holds.
    """

    def __init__(self, *lines: str, hint: str = "") -> None:
        super().__init__("\n".join(map(_line, lines)))
        self.hint = _line(hint)

    @property
    def hint(self) -> str:
        """What to do, which a traceback shows below the error; empty where nothing is said."""
        return self._hint

    @hint.setter
    def hint(self, text: str) -> None:
        self._hint = text
        self.__notes__ = [f"hint: {text}"] if text else []


def _line(text: str) -> str:
    """A line of an error: what is too long for one, such as a whole file in a cell, loses its middle."""
    if len(text) > LONGEST_LINE:
        half = LONGEST_LINE // 2
        text = f"{text[:half]} [... {len(text) - 2 * half} characters ...] {text[-half:]}"
    return shown(text)


class Note(UserWarning):
    """Something of a table that its asker should know: what was left out, not read, not known or joined."""


class UsageError(KetrefError):
    """A question that cannot be understood.

    `value` is what was given, `candidates` the words that would have been understood, `hint` what to do; `column` names
    what it was given as, where that is known. `code` is the kind of mistake.
    """

    code = "not-understood"
    slips: Sequence[UsageError] = ()
    """The mistakes, where there are several."""

    def __init__(
        self, *lines: str, value: object = None, candidates: Sequence[str] = (), hint: str = "", column: str = ""
    ) -> None:
        super().__init__(*lines, hint=hint)
        self.value = value
        self.candidates = tuple(candidates)
        self.column = column


def together(errors: Sequence[UsageError]) -> UsageError:
    """One error that tells of several mistakes in one question; of one, that itself."""
    first = errors[0]
    if len(errors) == 1:
        return first
    lines = [f"{len(errors)} things cannot be understood:"]
    for error in errors:
        lines += [f"  {line}" for line in str(error).split("\n")]
        lines += [f"    hint: {line}" for line in error.hint.split("\n") if line]
    found = UsageError(*lines, value=first.value, candidates=first.candidates, column=first.column)
    found.code, found.slips = first.code, tuple(errors)
    return found


class RowsError(UsageError):
    """Rows of a table that cannot be understood.

    `rows` holds the numbers of all of them, from 0; `reasons` the numbers of the first ones by what is wrong.
    """

    def __init__(self, rows: Sequence[int], reasons: Mapping[str, Sequence[int]], table: str = "") -> None:
        self.rows = rows
        self.reasons = reasons
        of = f" of the {table}" if table else ""
        lines = [f"{len(rows)} row{'s' * (len(rows) != 1)}{of} cannot be understood, counted from 0:"]
        for reason, numbers in list(reasons.items())[:MOST_SHOWN]:
            shown = ", ".join(map(str, numbers[:MOST_LISTED])) + (" ..." if len(numbers) > MOST_LISTED else "")
            lines.append(f"  row{'s' * (len(numbers) != 1)} {shown}: {reason}")
        if len(reasons) > MOST_SHOWN:
            lines.append(f"  and {len(reasons) - MOST_SHOWN} further reasons")
        super().__init__(*lines, value=rows, hint='correct them, or ask with `on_error="reject"`')


MOST_CHARACTERS = 200  # of what was given, in the text of an error


def quoted(value: object) -> str:
    """What was given, for the text of an error: as it is written, or as Python writes it; cut where it is long."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception:  # nested too deeply, too many digits, or an object that cannot be written
        text = f"a {type(value).__name__} that cannot be written"
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS // 4]}..."


def unknown_option(
    what: str, word: object, allowed: Iterable[str], column: str = "", hint: str = "", near: Sequence[str] | None = None
) -> UsageError:
    """The error for a word that is none of the allowed ones, with what is said of it, or those that are `near`.

    Which these are is found by the words themselves, where it is not said: of many, which are not all shown, those
    that are `close`.
    """
    words = sorted(set(allowed))
    if near is None:
        nearest = _nearest if len(words) <= MOST_SHOWN else close
        near = [] if hint else nearest(quoted(word), tuple(words))
    hints = [f"did you mean {' or '.join(f'`{match}`' for match in near)}?"] if near else []
    if len(words) <= MOST_SHOWN:
        hints.append(f"known: {', '.join(words)}")
    hints = ["; ".join([hint, *hints])] if hint else hints
    text = f"unknown {what} `{quoted(word)}`"
    error = UsageError(text, value=word, candidates=near or words, hint=" ".join(hints), column=column)
    error.code = "unknown-word"
    return error


@lru_cache(1 << 10)  # a word that stands in many rows is looked for once
def _nearest(word: str, words: tuple[str, ...]) -> Sequence[str]:
    from difflib import get_close_matches

    folded = {known.casefold(): known for known in words}
    return [folded[match] for match in get_close_matches(word.casefold(), folded, n=3, cutoff=0.6)]


_CLOSE, _FRAGMENT = 0.85, 5
"""From which likeness on a word may be a slip for another, and up to how many letters it is like too many."""


def close(word: str, words: Iterable[str]) -> list[str]:
    """The words for which a word may be a slip of the pen, the closest first: a short one is a slip for none."""
    from difflib import get_close_matches

    folded = {known.casefold(): known for known in words if len(known) > _FRAGMENT}
    matches = get_close_matches(word.casefold(), folded, n=3, cutoff=_CLOSE) if len(word) > _FRAGMENT else []
    return [folded[match] for match in matches]


class InputError(KetrefError):
    """Something that cannot be read: `path` names it."""

    def __init__(self, message: str, *, path: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path


@frozen(order=False)
class Finding:
    """One thing wrong in a rule file: where (`file`, `line`), which kind (`code`), what, and what to do (`hint`).

    `rules` holds the ids of the rules or sources that it is about, where it showed when rules were asked.
    """

    file: str
    line: int
    code: str
    message: str
    hint: str = ""
    level: str = field(default="error")
    rules: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Its text: what is wrong in one line, and what to do in a second."""
        text = f"{self.file}:{self.line}: {self.level}[{self.code}]: {self.message}"
        return [_line(text), *([_line(f"  hint: {self.hint}")] if self.hint else [])]

    def place(self) -> tuple[str, int, str, str]:
        """Sort key: file, line, code, message."""
        return (self.file, self.line, self.code, self.message)


class RulesError(KetrefError):
    """Rule files that must not be used: `findings` lists every problem of every file, sorted by place.

    Its text tells the first of them, and how many there are beside.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings), key=Finding.place))
        lines = [line for finding in self.findings[:MOST_LISTED] for line in finding.lines()]
        if (more := len(self.findings) - MOST_LISTED) > 0:
            lines.append(f"and {more} more; `ketref check` lists them all")
        super().__init__(*lines)
