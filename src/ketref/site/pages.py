"""What does a site hold: a page for each substance, analyte and panel, one of the sources, and a search over all?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from ketref.answers.detect import detect
from ketref.answers.effects import effects
from ketref.book.loading import Book
from ketref.pictures.doses import chart_of_effects
from ketref.pictures.windows import chart_of_specimens
from ketref.review.catalogue import pages as catalogue
from ketref.review.holdings import held
from ketref.site.drawn import drawn
from ketref.site.entries import renderer
from ketref.site.frame import page, section
from ketref.site.markup import Content, Html, joined, listed, table, tag

_UP = "../"
_FOLDERS = {"substance": "substances", "analyte": "analytes", "panel": "panels"}


def pages(book: Book) -> Iterator[tuple[str, str]]:
    """Every page but that of Ask: its name, and its text. Raises UsageError where Markdown cannot be read."""
    render, written = renderer(), catalogue(book)
    substances, analytes, panels = (held(book, kind) for kind in (None, "analyte", "panel"))
    yield "index.html", _index(book, substances["substances"], analytes["analytes"], panels["panels"])
    yield "sources.html", page(book, "Sources", render(written["sources.md"], "")[0])
    for one in substances["substances"]:
        made = render(written[f"{one['substance']}.md"], _UP)
        yield to("substance", one["substance"]), _substance(book, one, *made)
    for one in analytes["analytes"]:
        yield to("analyte", one["analyte"]), _analyte(book, held(book, "analyte", one["analyte"]))
    for one in panels["panels"]:
        yield to("panel", one["panel"]), _panel(book, held(book, "panel", one["panel"]))


def to(kind: str, name: str) -> str:
    """The place of a page in the site."""
    return f"{_FOLDERS[kind]}/{quote(name)}.html"


def _link(kind: str, name: str, words: str = "", above: str = _UP) -> Html:
    return tag("a", words or name, href=above + to(kind, name))


# ---------------------------------------------------------------- search


def _index(book: Book, substances: Any, analytes: Any, panels: Any) -> str:
    """The search, and below it, for who has no script, all that can be found."""
    found = [
        *(("substance", one["substance"], one["name"], list(_names(one))) for one in substances),
        *(
            ("analyte", one["analyte"], one["label"], list(book.vocabularies["analyte"].terms[one["analyte"]].synonyms))
            for one in analytes
        ),
        *(("panel", one["panel"], one["name"], [one["authority"], one["jurisdiction"]]) for one in panels),
    ]
    entries = [
        {"kind": kind, "name": shown, "to": to(kind, name), "words": list(dict.fromkeys([name, *words]))}
        for kind, name, shown, words in found
    ]
    lists = [
        section(
            title,
            listed((_link(kind, name, shown, "") for of, name, shown, _ in found if of == kind), class_="columns"),
        )
        for title, kind in (("Substances", "substance"), ("Analytes", "analyte"), ("Panels", "panel"))
    ]
    return page(
        book,
        "What is known of a drug test",
        tag(
            "p",
            "How long after a dose is a test positive, what does the dose do, and who says so?"
            " Each figure with its source.",
        ),
        tag(
            "div",
            tag("label", "Search by name, brand, street name, analyte or code", for_="search"),
            tag("input", id="search", type="search", autocomplete="off"),
            tag("p", "", id="count", role="status"),
            tag("ul", id="found"),
            id="searching",
            hidden=True,
        ),
        tag(
            "script",
            Html(json.dumps(entries, ensure_ascii=False).replace("<", "\\u003c")),
            id="index",
            type="application/json",
        ),
        *lists,
        script="search.js",
    )


def _names(one: Any) -> Iterator[str]:
    """Everything that a substance is called."""
    yield from one["synonyms"]
    for street in one["street"]:
        yield from street["names"]
    for code in one["identifiers"]:
        yield f"{code['scheme']} {code['value']}"


# ---------------------------------------------------------------- a substance


def _substance(book: Book, one: Any, entries: Html, sections: list[tuple[str, str]]) -> str:
    name = one["substance"]
    street = [f"{', '.join(said['names'])}{_aside(said['region'])}" for said in one["street"]]
    facts: list[tuple[str, Content]] = [
        ("also called", ", ".join(one["synonyms"])),
        ("on the street", "; ".join(street)),
        ("reported by screens as", _linked("analyte", one["classes"])),
        ("grades of its windows", " to ".join(dict.fromkeys(filter(None, (one["best_grade"], one["worst_grade"]))))),
    ]
    codes = [f"{code['scheme']} {code['value']}" for code in one["identifiers"]]
    ask = tag("a", "Ask about a case of your own", href=f"{_UP}ask.html?substance={quote(name)}")
    return page(
        book,
        one["name"],
        _facts(facts),
        tag("p", ask),
        tag(
            "nav",
            listed(tag("a", title, href=f"#{place}") for title, place in _parts(book, name, sections)),
            aria_label="On this page",
        ),
        section("When is a test positive?", _windows(book, name), anchor="windows"),
        section("What happens after a dose, and what is to be watched?", *_phases(book, name), anchor="phases"),
        section("Codes", listed(codes, class_="columns"), anchor="codes"),
        entries,
        above=_UP,
    )


def _parts(book: Book, name: str, sections: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield "When is a test positive?", "windows"
    if _routes(book, name):
        yield "What happens after a dose?", "phases"
    yield from sections


def _windows(book: Book, name: str) -> Html:
    """The windows of one dose by specimen."""
    answer = detect(name, rules=book)
    if not answer.answers:
        return tag("p", "No rule of this rule set covers any specimen.")
    about = "After one dose, of no method and cutoff said; the rules below tell what these change."
    return joined([tag("p", about), drawn(chart_of_specimens(answer), "windows-chart")])


def _phases(book: Book, name: str) -> Iterator[Html]:
    """The phases of a dose by each route that its rules name."""
    for route in _routes(book, name):
        chart = chart_of_effects(effects(name, route=route, rules=book))
        yield tag("h3", route.replace("-", " "))
        yield drawn(chart, f"phases-{route}")


def _routes(book: Book, name: str) -> list[str]:
    named = (route for ranked in book.ranked(name, "phases") for route in ranked.rule.when.route)
    return list(dict.fromkeys(named))


# ---------------------------------------------------------------- an analyte, a panel


def _facts(facts: list[tuple[str, Content]]) -> Html:
    said = [joined([tag("dt", name), tag("dd", value)]) for name, value in facts if value]
    return tag("dl", *said) if said else Html()


def _linked(kind: str, names: list[str]) -> Html:
    return joined([part for name in names for part in (", ", _link(kind, name))][1:])


def _analyte(book: Book, form: Any) -> str:
    facts: list[tuple[str, Content]] = [
        ("also called", ", ".join(form["synonyms"])),
        ("part of", _linked("analyte", [form["parent"]] if form["parent"] else [])),
        ("parts", _linked("analyte", form["parts"])),
        ("reported as", _linked("analyte", [form["reported_as"]] if form["reported_as"] else [])),
        ("a class, made positive by", _linked("analyte", form["members"])),
        ("member of", _linked("analyte", form["member_of"])),
    ]
    given = [
        joined([_link("substance", one["substance"]), _aside(one["role"], one["says"], one["source"])])
        for one in form["comes_of"]
    ]
    limits = [f"up to {one['limit']} in {one['matrix']} ({one['source']})" for one in form["endogenous"]]
    return page(
        book,
        form["label"],
        tag("p", f"An analyte, in questions `{form['analyte']}`.".replace("`", "\u201c", 1).replace("`", "\u201d", 1)),
        _facts(facts),
        section("Comes of", listed(given) or tag("p", "No substance in this rule set.")),
        section("In people who took nothing", listed(limits)),
        section("In panels", _tests(form["panels"], of="panel")),
        section("What tests for it answer to, and miss", listed(map(_reactivity, form["assays"]))),
        section("What it does to tests for something else", listed(map(_reactivity, form["answered_by"]))),
        above=_UP,
    )


def _aside(*words: str | None) -> str:
    said = "; ".join(filter(None, words))
    return f" ({said})" if said else ""


def _reactivity(entry: Any) -> str:
    at = f" from {entry['at']}" if entry.get("at") else ""
    sources = ", ".join(said["source"] for said in entry["evidence"])
    about = f"{entry['assay']} for {entry['tests']}, {entry['cause']}: {entry['result']}{at}"
    return f"{about}. {entry.get('says', '')} ({sources})"


def _panel(book: Book, form: Any) -> str:
    facts: list[tuple[str, Content]] = [
        ("authority", ", ".join(filter(None, (form["authority"], form["jurisdiction"])))),
        ("specimen", form["matrix"]),
        ("also called", ", ".join(form["synonyms"])),
    ]
    return page(book, form["name"], _facts(facts), section("Tests", _tests(form["tests"], of="analyte")), above=_UP)


def _tests(tests: Any, of: str) -> Html:
    """A table of tests of panels, each with the page `of` what leads on; without the columns that say nothing."""
    columns: dict[str, list[Content]] = {
        of: [_link(of, test[of]) for test in tests],
        **({"specimen": [test["matrix"] for test in tests]} if of == "panel" else {}),
        **{key: [test[key] for test in tests] for key in ("stage", "cutoff", "method", "from", "until", "says")},
        "sources": [", ".join(test["sources"]) for test in tests],
    }
    told = {name: cells for name, cells in columns.items() if any(cells)}
    return table(told, zip(*told.values(), strict=True), "Cutoffs of panels") if told else Html()
