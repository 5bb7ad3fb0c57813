"""How do the ends of a window read, and why is a positive no more than possible?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ketref.engine.course import EXCLUDED
from ketref.output.page import Page

if TYPE_CHECKING:
    from ketref.output import forms

Ends = Sequence[int | None]
"""When something begins or ends, at the earliest and at the latest, in seconds."""


def window(page: Page, form: forms.DetectForm | forms.SpecimenForm) -> None:
    """Two lines: when a window opens, and when it closes."""
    page.say(f"opens:  {_opening(form) or 'no rule says when'}", 2, 8)
    page.say(f"closes: {_closing(form) or 'no rule says when'}", 2, 8)


def window_line(form: forms.DetectForm | forms.SpecimenForm) -> str:
    """One line: when a window opens, and when it closes."""
    (first, whole), (ending, last) = _ends(form)
    if _is_whole(form) and whole and ending:
        before = f"not before {first}; " if first else ""
        after = f"hardly anyone after {last}" if last else "no rule says when hardly anyone is"
        return f"{before}nearly all positive from {whole} to {ending}; {after}"
    opening, closing = _opening(form), _closing(form)
    if not (opening or closing):
        return "no rule says when it opens or closes"
    return "; ".join(filter(None, (opening, closing or "no rule says until when")))


def why_possible(form: forms.DetectForm, soonest: int, longest: int) -> str:
    """Why a positive is no more than possible.

    The window opens or closes, nothing bounds it, sources disagree, those that speak of just this exclude a positive;
    or else no rule promises one.
    """
    opens, (closing, closed) = form["detectable_from_s"][1], form["detectable_until_s"]
    opening = opens is not None and soonest < opens
    why = []
    if closed is None and not opening:
        though = ", though sources on exactly this do" if excluding(form) else ""
        why.append(f"not bounded: no rule states an end{though}")
    elif closing and longest > closing:
        why.append("closing")
    if opening:
        why.append("opening")
    if form["sources_disagree"]:
        why.append("sources disagree")
    elif closed is not None and excluding(form):
        why.append("the sources on exactly this exclude it; one on other conditions holds it open")
    return f" ({', '.join(why or ['no rule says that nearly all are positive then'])})"


def excluding(form: forms.DetectForm) -> list[forms.EvidenceForm]:
    """What speaks of just the question, where all of that excludes a positive that the answer does not exclude."""
    told = [entry for entry in form["evidence"] if entry["applies"] and entry["status"]]
    alone = form["status"] == "possible" and all(entry["status"] in EXCLUDED for entry in told)
    return told if alone else []


def _ends(form: forms.DetectForm | forms.SpecimenForm) -> tuple[forms.Texts, forms.Texts]:
    """The ends of the opening and of the closing, without one that is no time at all: it was written to say nothing."""
    return _without_nothing(form["detectable_from"]), _without_nothing(form["detectable_until"])


def _without_nothing(ends: forms.Texts) -> forms.Texts:
    return [None if end is None or end.startswith("0 ") else end for end in ends]


def sure(opens: Ends, closes: Ends) -> tuple[int, int] | None:
    """From when until when nearly all are known to be positive; None where an end is not stated, or no time is left."""
    whole, ending = opens[1], closes[0]
    return None if whole is None or ending is None or ending <= whole else (whole, ending)


def _is_whole(form: forms.DetectForm | forms.SpecimenForm) -> bool:
    """Whether there is a stretch of time at which nearly all are known to be positive."""
    return sure(form["detectable_from_s"], form["detectable_until_s"]) is not None


def _opening(form: forms.DetectForm | forms.SpecimenForm) -> str:
    """When a window opens; empty where no rule says so. That all are positive is said where it lasts for a time."""
    earliest, latest = _ends(form)[0]
    before = f"not before {earliest}" if earliest else ""
    if latest:
        sure = f"nearly all positive from {latest} on" if _is_whole(form) else f"the last turn positive by {latest}"
    else:
        sure = "no rule says from when nearly all are positive" if earliest else ""
    return "; ".join(filter(None, (before, sure)))


def _closing(form: forms.DetectForm | forms.SpecimenForm) -> str:
    """When a window closes; empty where no rule says so."""
    earliest, latest = _ends(form)[1]
    if not (earliest or latest):
        return ""
    after = f"hardly anyone positive {latest if ' after ' in latest else f'after {latest}'}" if latest else ""
    if not earliest:
        return f"{after}; no rule says how long nearly all are"
    sure = (
        f"nearly all positive until {earliest}" if _is_whole(form) else f"some may be negative again from {earliest} on"
    )
    return f"{sure}; {after or 'no rule says when hardly anyone is'}"
