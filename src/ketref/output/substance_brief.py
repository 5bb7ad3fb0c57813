"""What is a substance, at a glance: what a test finds of it, how long in which specimen, and how well is it covered?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ketref.output.brief import bars, close
from ketref.output.holding_text import also_an_analyte, coverage
from ketref.output.page import Page

if TYPE_CHECKING:
    from ketref.output import forms, holding_forms


def substance_brief(
    data: Mapping[str, Any],
    line: holding_forms.SubstanceLine,
    specimens: forms.SpecimensForm,
    also: holding_forms.AnalyteLine | None,
) -> str:
    """A substance of which `data` is all that the book holds, and `line` how much that is, with its windows as bars."""
    page = Page()
    name = data["substance"]["id"]
    label = data["substance"].get("label") or line["name"]
    called = label if label.startswith(name) else f"{name} ({label})"
    page.say(f"{called}: {'an' if line['kind'][0] in 'aeiou' else 'a'} {line['kind']}")
    street = dict.fromkeys(word for one in line["street"] for word in one["names"])
    named = [word for word in line["synonyms"] if word not in {name, label} and word not in street]
    for title, words in {
        "also": named,
        "on the street": [*street],
        "a test finds": [given["analyte"] for given in data["substance"]["yields"]],
    }.items():
        if words := list(dict.fromkeys(words)):
            rest = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
            page.say(f"{title}: {', '.join(words[:_MOST])}{rest}", 2, 4)
    page.say(f"rules on windows: {coverage(line)}", 2, 4)
    page.lines.append("")
    bars(page, specimens)
    sections = {title: len(entries) for title, entries in data.items() if title != "substance" and entries}
    if sections:
        page.lines.append("")
        page.say(f"holds: {', '.join(f'{title} {count}' for title, count in sections.items())}", 2, 4)
        page.say(f"one of these: ketref show {name} {next(iter(sections))}", 2, 4)
    also_an_analyte(page, also)
    close(page, specimens)
    return str(page)


_MOST = 12
"""How many names of a kind are told."""
