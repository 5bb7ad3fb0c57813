"""What in a book is of no use to any answer?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ketref.book.loading import Book
from ketref.engine.conditions import own_cell
from ketref.engine.table import Table
from ketref.review.checks.registry import Checks, all_tables, own

CHECKS = Checks()
check = CHECKS.register


@check("uncited-source", "cite it where it belongs, or take it out")
def uncited_source(book: Book) -> Iterator[tuple[str, str]]:
    """A source that no rule, factor or fact cites.

    Why: a list of sources says what an answer rests on; what nothing rests on does not belong there.
    Example: a `[[source]]` left over from a rule that was taken out.
    Instead: cite it, or take it out.
    """
    from difflib import get_close_matches

    cited = {source for name in book.texts for source in _cited(book, name)}
    for misspelt in cited - book.sources.keys() if book.sound("sources.toml") else ():
        cited.update(get_close_matches(misspelt, book.sources, n=1))
    for entry, name, _, _ in book.entries():
        if name == "sources.toml" and entry not in cited:
            yield entry, "nothing cites this source"


@check("idle-rule", "a narrower rule states the same ends everywhere it holds: take it out, or mend the conditions")
def idle_rule(book: Book) -> Iterator[tuple[str, str]]:
    """A rule that applies to no end, whatever is asked.

    Why: it was meant to say something, and nothing of it is ever said.
    Example: a rule for 10 to 100 mg beside rules for 10 to 50 mg and for 50 to 100 mg that state the same ends.
    Instead: take it out, or name the conditions under which it should apply.
    """
    for table in all_tables(book):
        idle = {atom.ranked.rule.id for atom in table.atoms} - set(_governing(table))
        yield from ((rule, "a narrower rule applies to each of its ends, whatever is asked") for rule in sorted(idle))


@check("untested-rule", "add a case to cases.toml, from the evidence")
def untested_rule(book: Book) -> Iterator[tuple[str, str]]:
    """A rule that no golden case names, in a substance that has golden cases.

    Why: a case from the evidence shows that the rule answers what its sources say, and goes on to do so.
    Example: a new window in `windows.toml` without a `[[case]]` whose `rules` names it.
    Instead: write the question and the answer that the evidence demands.
    """
    cases = list(book.cases())
    named = {rule for _, _, case in cases for rule in case.rules}
    tested = {name.split("/")[0] for name, _, _ in cases}
    for ranked in own(book):
        if ranked.of in tested and ranked.rule.id not in named:
            yield ranked.rule.id, "no golden case names this rule"


@check("factor-not-a-term", "give `factor` the id of the term in terms.toml, and `applies` the values it speaks of")
def factor_not_a_term(book: Book) -> Iterator[tuple[str, str]]:
    """A factor in free words that name a factor of terms.toml, or a synonym of it, and yet is not that factor.

    Why: what a person gives, such as `--kidney severe`, meets the factor of that id alone. Beside free words the answer
    says that nothing is known of it.
    Example: `factor = "poor kidney function"`, where terms.toml has the factor `kidney`.
    Instead: `factor = "kidney"` with `applies = { value = ["moderate", "severe"] }`, and the source's words in `says`;
    one factor for each term, where the words name two.
    """
    terms = book.vocabularies["factor"].terms if book.sound("terms.toml") else {}
    for factor, name, _, _ in book.listed():
        if name.endswith("/factors.toml") and factor.factor not in terms:
            for term in terms.values():
                if any(_holds(factor.factor, word) for word in (term.id, *term.synonyms)):
                    yield factor.id, f"`{factor.factor}` is not asked about by the factor `{term.id}`, which it names"


def _holds(words: str, word: str) -> bool:
    """Whether a word, or several in their order, stand among others, in the singular or the plural."""
    plain, wanted = (" ".join(re.findall(r"[\w*]+", each.casefold())) for each in (words, word))
    return re.search(rf"(?<!\w){re.escape(wanted)}s?(?!\w)", plain) is not None


def _governing(table: Table) -> Iterator[str]:
    """The rules of a table that govern an end under their own conditions, or state none."""
    for atom in table.atoms:
        stated = any(end for ends in atom.ends for end in ends)
        for cell in {own_cell(atom.conditions, 0), own_cell(atom.conditions, 1)}:
            row = table.sound_row(cell)
            if not stated or row is None or any(a.ranked.rule is atom.ranked.rule for a in row.atoms):
                yield atom.ranked.rule.id


def _cited(book: Book, name: str) -> Iterator[str]:
    """Every source that a file cites: whatever stands under a key `source` or `sources`, sound or not."""
    if name.endswith("cases.toml"):
        return  # a case names those that an answer rests on
    text = book.texts[name].decode("utf-8", "replace")
    for one, several in re.findall(r"""\bsource(?:\s*=\s*["']([^"'\n]+)|s\s*=\s*\[([^\]]*))""", text):
        yield from [one] if one else re.findall(r"""["']([^"'\n]+)""", several)
