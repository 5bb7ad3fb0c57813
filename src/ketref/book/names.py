"""Which substance does a word mean: an id, a name, a code, or what people call it on the street?

A street name may mean several substances: then it is refused, with all of them, and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from ketref.errors import UsageError, close, quoted
from ketref.model.front_matter import Substance
from ketref.model.vocabulary import fold, plain, spellings


@frozen(eq=False)
class Names:
    """The ids of substances by the words that mean them: `names` and `street` names folded, `codes` plain.

    A street name has the region of each substance that it means, empty where it is not known.
    """

    names: Mapping[str, str]
    codes: Mapping[str, str]
    street: Mapping[str, Mapping[str, str]]

    def find(self, word: str) -> str | None:
        """The substance that a word means, None where it means none. Raises UsageError where it means several."""
        folded = fold(word)
        named, street = self.names.get(folded), self.street.get(folded, {})
        several = {**({named: ""} if named else {}), **street}
        if len(several) > 1:
            means = "; ".join(f"`{name}`{f' ({region})' if region else ''}" for name, region in several.items())
            hint = f"name the one that was taken: {means}"
            message = f"`{quoted(word)}` means several substances"
            raise UsageError(message, value=word, candidates=[*several], hint=hint, column="substance")
        return next(iter(several), None) or self.codes.get(plain(word))

    def near(self, word: object) -> list[str]:
        """The substances of whose names a word may be a slip; a street name is too common a word for that."""
        return list(dict.fromkeys(self.names[name] for name in close(fold(quoted(word)), self.names)))

    def one_slip_from(self, word: object) -> tuple[str, str] | None:
        """The name, of the street or not, that a word is but for one letter, and the substance that it means.

        None where names of several substances are as near, and for a word too short to tell.
        """
        folded = fold(quoted(word))
        if len(folded) < _TELLING:
            return None
        near = [name for name in {**self.names, **self.street} if _is_one_slip(folded, name)]
        means = {one for name in near for one in (self.names.get(name), *self.street.get(name, ())) if one}
        return (near[0], means.pop()) if len(means) == 1 else None


_TELLING = 4
"""So many letters a word has at least of which one may be wrong."""


def _is_one_slip(word: str, name: str) -> bool:
    """Whether one letter is missing, too many or another one, or two neighbours are swapped."""
    if abs(len(word) - len(name)) > 1 or max(len(word), len(name)) <= _TELLING:
        return False
    same = next((at for at, (one, other) in enumerate(zip(word, name, strict=False)) if one != other), -1)
    ours, theirs = (word[same:], name[same:]) if same >= 0 else (word[len(name) :], name[len(word) :])
    swapped = ours[1::-1] == theirs[:2] and ours[2:] == theirs[2:]
    return swapped or ours[1:] in {theirs, theirs[1:]} or ours == theirs[1:]


def names_of(substances: Iterable[Substance]) -> Names:
    """The names of some substances."""
    names: dict[str, str] = {}
    codes: dict[str, str] = {}
    street: dict[str, dict[str, str]] = {}
    own: set[str] = set()
    for substance in substances:
        own |= {fold(substance.id), fold(substance.name)}
        names |= {fold(name): substance.id for name in (substance.id, substance.name, *substance.synonyms)}
        for identifier in substance.identifier:
            if identifier.analyte is None:
                codes |= {plain(word): substance.id for word in spellings(identifier.scheme, identifier.value)}
        for called in substance.street:
            for name in called.names:
                street.setdefault(fold(name), {}).setdefault(substance.id, called.region)
    return Names(names, codes, {word: of for word, of in sorted(street.items()) if word not in own})
