"""Is each golden case sound, as far as the text alone can tell?"""

from __future__ import annotations

from collections.abc import Iterator

from ketref import cases, course
from ketref.references import Context, known_source
from ketref.structuring import Problem


def problems(file: cases.Cases, context: Context) -> Iterator[Problem]:
    """Every problem of the cases of one file."""
    for index, case in enumerate(file.case):
        for key in _NAMED_SOURCES:
            for source in getattr(case, key):
                yield from known_source(("case", index, key), source, context)
        for status in case.status:
            if status not in course.STATUSES:
                yield ("case", index, "status"), "unknown-term", f"`{status}` is no status", ", ".join(course.STATUSES)
        asked, demanded = _CASE_KEYS[case.ask]
        factors = context.vocabularies["factor"] if case.ask != "cautions" else ()
        for key in case.question:
            if key not in asked and key not in factors:
                hint = f"keys: {', '.join(asked)}{', and factors' if factors else ''}"
                yield ("case", index, "question", key), "unknown-key", f"unknown key `{key}`", hint
        if case.ask == "detect" and "matrix" not in case.question:
            yield ("case", index, "question"), "missing-key", "a test has a `matrix`", ""
        given = [key for key in _DEMANDS if getattr(case, key) not in ((), None, {})]
        if not given:
            yield ("case", index), "missing-key", "the case demands nothing", f"one of {', '.join(demanded)}"
        elif not any(getattr(case, key) for key in _NAMED_SOURCES):
            yield ("case", index), "missing-key", "the case names no source", f"one of {', '.join(_NAMED_SOURCES)}"
        for key in given:
            if key not in demanded:
                yield ("case", index, key), "unknown-key", f"`{case.ask}` answers no `{key}`", ""


_DOSE_KEYS = ("since", "taken", "at", "route", "dose", "weight", "infusion", "pattern")
_TEST_KEYS = (*_DOSE_KEYS, "matrix", "analyte", "method", "cutoff", "source")
_NAMED_SOURCES = ("sources", "not_sources", "factor_sources")
_BEHIND = ("rules", *_NAMED_SOURCES)
_EFFECT_DEMANDS = ("phases", "not_phases", "effects", "effect_status")
_CAUTION_DEMANDS = ("cautions", "caution_status")
_CASE_KEYS = {
    "detect": (_TEST_KEYS, ("status", "disagree", *_BEHIND)),
    "effects": (_DOSE_KEYS, (*_EFFECT_DEMANDS, *_CAUTION_DEMANDS, *_BEHIND)),
    "cautions": (("condition", "route"), (*_CAUTION_DEMANDS, "rules", "sources", "not_sources")),
}
_DEMANDS = ("status", "disagree", *_EFFECT_DEMANDS, *_CAUTION_DEMANDS, *_BEHIND)
