"""How do the ends of a window read, and why is a positive no more than possible?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketref.output.page import Page

if TYPE_CHECKING:
    from ketref.output import forms


def window(page: Page, form: forms.DetectForm | forms.SpecimenForm) -> None:
    """Two lines: when a window opens, and when it closes."""
    opens, closes = map(_without_nothing, (form["detectable_from"], form["detectable_until"]))
    whole = _is_ever_whole(form)
    page.say(f"opens:  {_opening(*opens, whole=whole)}", 2, 8)
    page.say(f"closes: {_closing(*closes, whole=whole)}", 2, 8)


def window_line(form: forms.DetectForm | forms.SpecimenForm) -> str:
    """One line: when a window opens, and when it closes."""
    opens, closes = map(_without_nothing, (form["detectable_from"], form["detectable_until"]))
    if not any((*opens, *closes)):
        return "no rule says when it opens or closes"
    whole = _is_ever_whole(form)
    if whole and opens[1] and closes[0]:
        before = f"not before {opens[0]}; " if opens[0] else ""
        after = f"hardly anyone after {closes[1]}" if closes[1] else "no rule says when hardly anyone is"
        return f"{before}nearly all positive from {opens[1]} to {closes[0]}; {after}"
    opening = _opening(*opens, whole=whole) if any(opens) else ""
    closing = _closing(*closes, whole=whole) if any(closes) else "no rule says until when"
    return f"{opening}; {closing}" if opening else closing


def why_possible(form: forms.DetectForm, soonest: int, longest: int) -> str:
    """Whether a window that may be open is opening, closing or disputed, or else that no rule promises a positive."""
    opens, closes = form["detectable_from_s"][1], form["detectable_until_s"][0]
    why = []
    if closes and longest > closes:
        why.append("closing")
    if opens is not None and soonest < opens:
        why.append("opening")
    if form["sources_disagree"]:
        why.append("sources disagree")
    return f" ({', '.join(why or ['no rule says that nearly all are positive then'])})"


def _without_nothing(ends: forms.Texts) -> forms.Texts:
    """Both ends, without one that is no time at all: it was written to say nothing."""
    return [None if end is None or end.startswith("0 ") else end for end in ends]


def _is_ever_whole(form: forms.DetectForm | forms.SpecimenForm) -> bool:
    """Whether there is a time at which nearly all are positive, as far as both ends of that are known."""
    opens, closes = form["detectable_from_s"][1], form["detectable_until_s"][0]
    return opens is None or not closes or opens < closes


def _opening(earliest: str | None, latest: str | None, *, whole: bool) -> str:
    before = f"not before {earliest}" if earliest else ""
    if not whole:
        sure = f"for some not until {latest}"
    elif latest:
        sure = f"nearly all positive from {latest} on"
    else:
        sure = "no rule says from when nearly all are positive" if earliest else "no rule says when"
    return "; ".join(filter(None, (before, sure)))


def _closing(earliest: str | None, latest: str | None, *, whole: bool) -> str:
    after = f"hardly anyone positive {latest if latest and ' after ' in latest else f'after {latest}'}"
    if not whole:
        sure = f"for some from {earliest} on"
    elif earliest:
        sure = f"nearly all positive until {earliest}"
    elif latest:
        return f"{after}; no rule says how long nearly all are"
    else:
        return "no rule says when"
    return f"{sure}; {after if latest else 'no rule says when hardly anyone is'}"
