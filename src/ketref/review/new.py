"""With which files does a laboratory begin a book of its own?

What is written holds no figure: the example source, window and case are comments, so that nothing that a laboratory
did not write itself is ever answered. The book is sound as it is, and with the example in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ketref.errors import InputError, UsageError

if TYPE_CHECKING:
    from ketref.output import review_forms


EDITION = """\
# A laboratory's own rules, on top of those that ketref ships: where a rule of this folder matches a question, it
# applies to the ends that it states, and the answer says whose rule it is.
#
# In the files of this folder a `#` before a space begins a remark. A `#` without a space stands before a line of an
# example: take it away, and put your own figures in the place of those, which are made up. Then run `ketref check`.
# The tutorial is docs/a-laboratorys-own-rules.md, every key is explained in docs/rules.md.

edition = "{year}.1" # raise it whenever a rule changes: every answer states it
format = 1
name = "our laboratory" # what answers call you
extends = "shipped" # on top of the shipped rules
"""
SOURCES = """\
# Where your figures come from: every source once. Grade your own work as you would another's, from A (a label, or a
# study in full) to D (a web page); the grade bounds the confidence of the rules that rest on it.

#[[source]]
#id = "our-validation"
#kind = "laboratory"
#title = "Validation of ketamine in urine by LC-MS/MS"
#publisher = "our laboratory"
#year = {year}
#grade = "B"
#seen = "full text"
"""
WINDOWS = """\
# How long a test detects ketamine: a [[window]] for each set of conditions, each with the evidence that it rests on.
# Rules for another substance lie in another folder, named by its id, such as esketamine.
#
# id                short, and for ever: an id that was retired is never used again
# when              what the rule holds for; leave out an axis, and it holds for all of it. matrix and analyte must be
#                   there: "any" is the test as a whole
# detectable_from   [earliest, latest]: (nearly) none were detectable before the first, (nearly) all were by the second
# detectable_until  [earliest, latest]: (nearly) all were detectable until the first, (nearly) none after the second
#                   where one end is not known, say only the other: {{ latest = "8 d" }}
# confidence        high needs a source of grade A, moderate one of C or better
# reviewed          the day on which the figures were last compared with their source

#[[window]]
#id = "LAB-W001"
#when = {{ matrix = "urine", analyte = "any", method = "lc-ms-ms", cutoff = "5 ng/mL", pattern = "single" }}
#detectable_from = {{ latest = "4 h" }}
#detectable_until = ["3 d", "8 d"]
#confidence = "moderate"
#reviewed = {today}
#
#[[window.evidence]]
#source = "our-validation"
#locator = "report, table 4"
#figure = "3 to 8 days"
#says = "After one dose all were positive from four hours to three days, and none after eight days."
#reports = {{ detectable_from = {{ latest = "4 h" }}, detectable_until = ["3 d", "8 d"] }}
"""
CASES = """\
# Golden cases: questions with the answers that your sources demand. `ketref check` asks them, so that an answer never
# changes unnoticed. Take them from the source, not from what ketref prints.

#[[case]]
#ask = "detect"
#question = {{ matrix = "urine", method = "lc-ms-ms", cutoff = "5 ng/mL", since = "9 d" }}
#status = ["not_expected"]
#rules = ["LAB-W001"]
#sources = ["our-validation"]
#locator = "report, table 4: none after 8 d"
"""
FILES: Mapping[str, str] = {
    "edition.toml": EDITION,
    "sources.toml": SOURCES,
    "ketamine/windows.toml": WINDOWS,
    "ketamine/cases.toml": CASES,
}


def starting_book(today: date) -> dict[str, str]:
    """The files of a starting book, by their relative names."""
    return {name: text.format(year=today.year, today=today.isoformat()) for name, text in FILES.items()}


def start(folder: Path) -> review_forms.NewForm:
    """Write a starting book into a new or empty folder: the JSON form `ketref.new/1`.

    Raises UsageError where the folder holds something, which is left as it is, InputError where it cannot be written.
    """
    written: list[Path] = []
    try:
        if folder.is_dir() and any(folder.iterdir()):
            hint = "name a new folder; what is there is left as it is"
            raise UsageError(f"`{folder}` is not empty", value=str(folder), hint=hint)
        for name, text in starting_book(date.today()).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:  # never over what is there
                written.append(path)
                file.write(text)
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        for path in written:
            path.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or error
        hint = "name a folder that can be made and written to"
        raise InputError(f"`{str(folder)[:80]}` cannot be written: {reason}", path=str(folder), hint=hint) from None
    return {
        "schema": "ketref.new/1",
        "files": [path.as_posix() for path in written],
        "next": [f"ketref check {_quoted(folder)}", f"ketref detect ketamine --matrix urine --rules {_quoted(folder)}"],
    }


def _quoted(folder: Path) -> str:
    """A folder as a shell takes it."""
    from shlex import quote

    return quote(str(folder))
