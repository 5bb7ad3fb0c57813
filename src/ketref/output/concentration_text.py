"""How does the answer on calculated concentrations read?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketref.model.units import SECONDS, well_read
from ketref.output.page import Page
from ketref.output.text import foot, warn

if TYPE_CHECKING:
    from ketref.output.concentration_forms import ConcentrationForm, ModelForm, UntilForm

APART = 2.0
"""How many times the lowest median the highest is where models are said to disagree: a convention."""
LEAST = 1e-6
"""Numbers under it are not written in full."""


def concentration_text(form: ConcentrationForm) -> str:
    """The answer to `ketref concentration`."""
    page = Page()
    question = form["question"]
    what = f"{question['analyte']} in {question['matrix']}"
    if "measured" in question:
        what += f" {question['before']} before {question['measured']} was measured"
    taken = well_read(question["dose"]) if "dose" in question else "the first dose"
    dose = f"after {taken} of {question['substance']}"
    route = f", {question['route']}" if "route" in question else ""
    if "measured" in question:
        dose, route = f"{question.get('since', '')} after {question['substance']}", ""
    when = f"{_time(form['at_s'][0])} " if len(form["at_s"]) == 1 and "measured" not in question else ""
    page.say(f"calculated, not measured: {what}, {when}{dose}{route}")
    warn(page, form["warnings"])
    _disagreement(page, form)
    for model in form["models"]:
        page.head(f"{model['id']}:")
        if len(form["at_s"]) == 1:
            page.say(_concentration(form, model, 0), 2, 4)
        else:
            for place, second in enumerate(form["at_s"]):
                page.say(f"{_time(second):>10}  {_concentration(form, model, place)}", 2, 14)
        if model["share_above"] is not None and "cutoff" in question:
            page.say(f"{percents(model['share_above'])} of persons at or above {question['cutoff']}", 2, 4)
        if model["until_below_s"] is not None:
            page.say(_until(model["until_below_s"], question["cutoff"], model["p5"] is not None), 2, 4)
        until = f"; sampled until {model['valid_until']} after a dose" if model["valid_until"] else ""
        page.say(f"fitted to {model['fitted_to']}{until}", 2, 4)
        page.say(f"source: {model['source']} {model['grade']}", 2, 4)
        for misfit in model["misfits"]:
            page.say(f"does not fit: {misfit}", 2, 4)
    if form["assumes"]:
        page.head("Takes for granted:")
        for said in form["assumes"]:
            page.say(f"- {said}", 2, 2)
    foot(page, form)
    return str(page)


def percents(shares: list[float]) -> str:
    """Shares as a range of percents."""
    low, high = (round(100 * share) for share in shares)
    return f"{low} %" if low == high else f"{low} to {high} %"


def _disagreement(page: Page, form: ConcentrationForm) -> None:
    """That models are far apart, where they are, and at which moment most."""
    if len(form["models"]) < 2:
        return
    for place, second in enumerate(form["at_s"]):
        medians = [model["median"][place] for model in form["models"]]
        if max(medians) > APART * min(medians):
            ends = f"{figure(min(medians))} to {figure(max(medians))} {form['unit']}"
            page.say(f"the models disagree: at {_time(second)} their medians go from {ends}", 2, 2)
            return


def _concentration(form: ConcentrationForm, model: ModelForm, place: int) -> str:
    middle = f"{figure(model['median'][place])} {form['unit']}"
    if model["p5"] is None or model["p95"] is None:
        return f"{middle} in a typical person; how persons differ is not known"
    low, high = model["p5"][place], model["p95"][place]
    return f"{middle} in the middle, {figure(low)} to {figure(high)} in 90 % of persons"


def _until(until: UntilForm, cutoff: str, spread: bool) -> str:
    if not spread:
        return f"in a typical person under {cutoff} {_from(until['median'])}"
    ends = ((5, until["p5"]), (50, until["median"]), (95, until["p95"]))
    return f"under {cutoff}: " + ", ".join(f"{share} % of persons {_from(end)}" for share, end in ends)


def _from(second: int | None) -> str:
    """From when on; None is later than a model speaks."""
    if second is None:
        return "later than it speaks"
    return f"from {_time(second)} on" if second else "at any time"


def _time(seconds: int) -> str:
    """A length of time, in the unit that reads well."""
    for unit, least in (("d", 3 * SECONDS["d"]), ("h", 2 * SECONDS["h"]), ("min", 2 * SECONDS["min"])):
        if seconds >= least:
            return f"{seconds / SECONDS[unit]:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds} s"


def figure(number: float) -> str:
    """A number as people write it."""
    if 0 < number < LEAST:
        return f"less than {LEAST:f}"
    return f"{number:f}".rstrip("0").rstrip(".") if number else "0"
