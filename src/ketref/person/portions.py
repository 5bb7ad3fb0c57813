"""Which dose do drinks stand for, and which cutoff a limit of law, as a book has them?"""

from __future__ import annotations

from ketref.book.loading import Book
from ketref.errors import UsageError, quoted, unknown_option
from ketref.model.units import Quantity, canonical, figure, written_quantity
from ketref.model.vocabulary import fold

MOST = 1000
"""Of drinks at one time."""
LEGAL = "legal limit"


def served(book: Book, substance: str, many: object, country: object) -> Quantity:
    """The dose of so many usual portions of a country. Raises UsageError."""
    known = {fold(serving.country): serving for serving in book.servings(substance)}
    if not known:
        raise UsageError(f"the rules know no usual portion of {substance}", hint="give `dose`")
    if many is None or country is None:
        missing = "drinks" if many is None else "country"
        countries = ", ".join(serving.country for serving in known.values())
        raise UsageError(f"`{missing}` is missing: how many drinks, of which country?", hint=countries)
    serving = known.get(fold(str(country)))
    if serving is None:
        raise unknown_option("country", country, [one.country for one in known.values()])
    try:
        number = float(str(many))
    except ValueError:
        number = 0.0
    if not 0 < number <= MOST:
        raise UsageError(f"`{quoted(many)}` is not a number of drinks", value=many, hint="such as 2 or 1.5")
    grams = figure(round(number * serving.mg * 1000))
    return canonical(written_quantity(f"{grams} g", "mg"))


def legal_limit(book: Book, substance: str, matrix: str, jurisdiction: object) -> Quantity:
    """The limit of a jurisdiction in a specimen. Raises UsageError with those that the book has."""
    line = book.vocabularies["matrix"].line(matrix)
    known = [one for one in book.facts(substance, "cutoff") if one.kind == LEGAL]
    limits = [one for one in known if one.matrix in line]
    if not limits:
        others = ", ".join(dict.fromkeys(one.matrix for one in known))
        hint = f"its limits are of {others}; or give `cutoff`" if others else "give `cutoff`"
        raise UsageError(f"the rule set has no legal limit of {substance} in {matrix}", hint=hint)
    for one in limits:
        if fold(one.jurisdiction) == fold(str(jurisdiction)):
            found: Quantity = one.value
            return found
    raise unknown_option("limit", jurisdiction, [one.jurisdiction for one in limits])
