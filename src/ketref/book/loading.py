"""Which knowledge does a folder of rules hold?

A `Book` reads a file when something is asked of it; the bytes of all files are in its digest from the start. A book
that extends the shipped one holds its own rules beside it; `ranked` tells whose they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial, wraps
from itertools import product
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, TypeVarTuple

from ketref.book import additions, characters, contents, reading, references, structuring, validation
from ketref.book.names import Names, names_of
from ketref.book.rule_validation import OF_WHAT_IS_MISSING
from ketref.errors import Finding, InputError, RulesError, UsageError, quoted, unknown_option
from ketref.model import front_matter
from ketref.model.factors import Factor, Factors
from ketref.model.files import FACT_TABLES, LEANING, MAPPINGS, record_in, record_of, unread
from ketref.model.kinds import OF_FILE
from ketref.model.rules import Ranked, cited
from ketref.model.units import LARGEST_AMOUNT, ONE
from ketref.model.vocabulary import Vocabulary, fold, plain, spellings
from ketref.visible import shown

if TYPE_CHECKING:
    from ketref.book.contents import Contents
    from ketref.model.cases import Case
    from ketref.model.facts import ClassFact
    from ketref.model.kinetics import Model, Models, Serving, Unbuilt
    from ketref.model.wording import InferWording, InterpretWording


T = TypeVar("T")
Args = TypeVarTuple("Args")
Rules: TypeAlias = "str | PathLike[str] | Book | None"
"""A folder of rules or the book that it made, None for the shipped one."""
ANY_AMOUNT = (0, LARGEST_AMOUNT)
"""What amounts can be of which a book says nothing."""


def kept(make: Callable[[Book, *Args], T]) -> Callable[[Book, *Args], T]:
    """A function whose results are made once for each book, and kept with it."""

    @wraps(make)
    def found(book: Book, *names: *Args) -> T:
        key = (make, *names)
        if key not in book.kept:
            book.kept.setdefault(key, make(book, *names))
        result: T = book.kept[key]
        return result

    return found


class Book:
    """One folder of rules, with the shipped one behind it where it extends it.

    Threads may share a book. All that it holds follows from its texts, so that whoever needs something may make it;
    where several do at once, what is kept first is what all of them go on with (`setdefault`).
    """

    def __init__(
        self,
        texts: Mapping[str, bytes],
        base: Book | None = None,
        unreadable: Iterable[Finding] = (),
        contents: Contents | None = None,
    ) -> None:
        self.texts = texts
        self.base = base
        self._contents = contents
        self._unreadable = tuple(unreadable)
        self._unsound: dict[str, tuple[Finding, ...]] = {finding.file: (finding,) for finding in self._unreadable}
        self._records: dict[str, Any] = {}
        self.kept: dict[tuple[Any, ...], Any] = {}

    @property
    def digest(self) -> str:
        """One name for the whole content of its files, those of the book behind it too."""
        if self._contents:  # while every file that was read is as it was when they were made
            return self._contents.digest
        return self._digest

    @cached_property
    def _digest(self) -> str:
        texts, base = self.texts, self.base
        return reading.digest(texts if base is None else {**texts, "shipped": base.digest.encode()})

    def __reduce__(self) -> tuple[Any, ...]:
        """A book travels as its texts; a process that gets one several times makes it once."""
        return _received, (self.digest, dict(self.texts), self.base, self._unreadable)

    def __repr__(self) -> str:
        return shown(f"<Book {self.header.name} {self.edition}>")

    # ------------------------------------------------------------ files

    def record(self, name: str, kind: type[T]) -> T:
        """The record of one file, empty where the book has no such file. Raises RulesError."""
        if name not in self._records and name not in self._unsound:
            record, findings = self._read(name, kind) if name in self.texts else (kind(), [])
            if findings:
                self._unsound.setdefault(name, tuple(findings))
            else:
                self._records.setdefault(name, record)
        if name in self._unsound:
            raise RulesError(self._unsound[name])
        found: T = self._records[name]
        return found

    def sound(self, *names: str) -> bool:
        """Whether files of this folder, if they are there, have no problem that their text shows."""
        return all(self._sound(name) for name in names)

    def _sound(self, name: str) -> bool:
        if name not in self.texts:
            return name not in self._unsound
        kind = record_in(name)
        try:
            return kind is not None and self.record(name, kind) is not None
        except RulesError:
            return False

    def askable(self, substance: str, file: str) -> bool:
        """Whether the rules of one file of a substance are sound, with all that they lean on."""
        try:
            return all((self.header, self.terms, self.record_of(substance), self.ranked(substance, file) is not None))
        except RulesError:
            return False

    def _read(self, name: str, kind: type[T]) -> tuple[T | None, list[Finding]]:
        if self._contents and not self._contents.describes(name, self.texts[name]):
            self._contents = None
        if self._contents:  # made of files that have no problem
            known = self._contents.terms if name == contents.TERMS else _document(name, self.texts[name])
            return _sound(known, kind), []
        document = reading.parse(name, self.texts[name])
        if isinstance(document, Finding):
            return None, [document]
        odd = list(characters.problems(document, self.texts[name].decode()))
        record = structuring.structure(document, kind)
        if isinstance(record, list):
            return None, self._located(name, [*odd, *record, *self._of_the_rest(name, kind, document, record)])
        return record, self._located(name, [*odd, *self._problems(name, record)])

    def _problems(self, name: str, record: object) -> Iterator[structuring.Problem]:
        if name.startswith(f"{MAPPINGS}/"):
            return iter(())
        if "/" in name or name.removesuffix(".toml") in LEANING:
            return validation.problems(record, name, self._context)
        behind: Any = None
        if self.base and name in ("terms.toml", "drugs.toml"):
            base = self.base
            behind = base.terms if name == "terms.toml" else front_matter.Drugs(drug=tuple(base.drugs.terms.values()))
        sources = self._known_sources if name == "drugs.toml" or behind else {}
        named = self.base.named if self.base else frozenset
        context = references.Context(front_matter.Vocabularies(), sources, frozenset(), behind, named)
        return validation.problems(record, name, context)

    def _of_the_rest(
        self, name: str, kind: type, document: Mapping[str, Any], broken: list[structuring.Problem]
    ) -> Iterator[structuring.Problem]:
        """The problems of those entries of a file that have their shape, where others have not."""
        if not (rest := structuring.unbroken(document, broken)):
            return
        part, whole = rest
        record: Any = structuring.structure(part, kind)
        if "/" in name and not isinstance(record, list):
            for path, code, said, hint in self._problems(name, record):
                if code not in OF_WHAT_IS_MISSING:
                    yield whole(path), code, said, hint

    def _located(self, name: str, problems: Iterable[structuring.Problem]) -> list[Finding]:
        problems = list(problems)
        if not problems:
            return []
        return [Finding(name, self.line(name, *path), code, said, hint) for path, code, said, hint in problems]

    @cached_property
    def _context(self) -> references.Context:
        return references.Context(self.vocabularies, self._known_sources, frozenset(self.folders))

    @cached_property
    def _known_sources(self) -> Mapping[str, front_matter.Source] | None:
        try:
            return self.sources
        except RulesError:
            return None  # their own findings say so; what needs no source is still looked at

    @cached_property
    def folders(self) -> Sequence[str]:
        """The substances of this folder and of what is behind it, sound or not."""
        names = (*self.texts, *self._unsound)
        own = {folder for folder, _, file in (name.partition("/") for name in names) if file == "substance.toml"}
        return sorted(own | set(self.base.folders if self.base else ()))

    # ------------------------------------------------------------ what it knows

    @cached_property
    def header(self) -> front_matter.Edition:
        """edition.toml."""
        if not {"edition.toml"} & {*self.texts, *self._unsound}:
            hint = 'it holds edition = "...", format = 1, name = "...", and extends = "shipped" for your own rules'
            raise RulesError([Finding("edition.toml", 1, "missing-file", "a rule set has a file edition.toml", hint)])
        return self.record("edition.toml", front_matter.Edition)

    @cached_property
    def edition(self) -> str:
        """The edition of the knowledge; of an extending book with that of the shipped one."""
        own = self.header.edition
        return f"{own} on {self.base.edition}" if self.base else own

    @cached_property
    def terms(self) -> front_matter.Terms:
        """terms.toml; of a book that extends another, with what it adds to the terms of that."""
        if self.base:
            if "terms.toml" not in {*self.texts, *self._unsound}:
                return self.base.terms
            return additions.terms_together(
                self.record("terms.toml", front_matter.Terms), self.base.terms, self.base.named
            )
        if not {"terms.toml"} & {*self.texts, *self._unsound}:
            raise RulesError(
                [Finding("terms.toml", 1, "missing-file", "a rule set has a file terms.toml", _EXTENDS_HINT)]
            )
        return self.record("terms.toml", front_matter.Terms)

    @cached_property
    def vocabularies(self) -> front_matter.Vocabularies:
        """The words of each axis and of the factors."""
        terms = self.terms
        hints: dict[str, dict[str, str]] = {axis: {} for axis in front_matter.VOCABULARIES}
        for entry in terms.hint:
            hints[entry.axis].update((fold(word), entry.says) for word in entry.words)
        further = {"analyte": self._analytes_by_code}
        return front_matter.Vocabularies(
            {
                axis: Vocabulary(axis, getattr(terms, axis), further.get(axis, dict), hints[axis])
                for axis in front_matter.VOCABULARIES
            }
        )

    @cached_property
    def bounds(self) -> Mapping[str, front_matter.Bounds]:
        """What amounts can be, and what is usual, by their base unit."""
        return {bounds.unit: bounds for bounds in self.terms.bounds}

    @cached_property
    def limits(self) -> Mapping[str, tuple[int, int]]:
        """What amounts can be, in millionths of their base unit: more than the first, at most the second."""
        return {unit: (round(one.above * ONE), round(one.most * ONE)) for unit, one in self.bounds.items()}

    @cached_property
    def _unsaid(self) -> frozenset[str]:
        return frozenset(map(_plain, self.terms.unsaid))

    def says_nothing(self, word: object) -> bool:
        """Whether a word says nothing, as null does."""
        return isinstance(word, str) and _plain(word) in self._unsaid

    @cached_property
    def drugs(self) -> Vocabulary[front_matter.DrugTerm]:
        """The drugs that may stand among doses and that no rule speaks of, those of the book behind it too."""
        own = self.record("drugs.toml", front_matter.Drugs).drug
        behind = tuple(self.base.drugs.terms.values()) if self.base else ()
        return Vocabulary("drug", additions.together(own, behind))

    def listed_in(self, file: str, key: str) -> tuple[Any, ...]:
        """What a file at the top lists under a key, with what the book behind it does."""
        own = getattr(self.record(f"{file}.toml", record_of(file)), key)
        return (*own, *(self.base.listed_in(file, key) if self.base else ()))

    @cached_property
    def wording(self) -> InferWording:
        """wording.toml; what it leaves out is said in the words of the book behind it, or else of the shipped one."""
        own: InferWording = self._words_of("infer")
        return own

    @cached_property
    def interpret_wording(self) -> InterpretWording:
        """What wording.toml has of whole reports, as `wording` has the rest."""
        own: InterpretWording = self._words_of("interpret")
        return own

    @kept
    def _words_of(self, part: str) -> Any:
        from ketref.model.wording import Wording, behind

        own = getattr(self.record("wording.toml", Wording), part)
        other = self.base or shipped()
        return own if other is self else behind(own, other._words_of(part))

    @cached_property
    def sources(self) -> Mapping[str, front_matter.Source]:
        """Every source by its id."""
        if self._contents and self._contents.describes(contents.SOURCES, text := self.texts[contents.SOURCES]):
            places = self._contents.sources

            def entry(name: str) -> front_matter.Source:
                only = _document(contents.SOURCES, text[slice(*places[name])])
                return _sound(only, front_matter.Sources).source[0]

            return contents.Lazily(places, entry)
        own = {source.id: source for source in self.record("sources.toml", front_matter.Sources).source}
        return {**self.base.sources, **own} if self.base else own

    @cached_property
    def substances(self) -> Mapping[str, front_matter.Substance]:
        """Every substance by its id."""
        return {folder: self.record_of(folder) for folder in self.folders}

    def record_of(self, folder: str) -> front_matter.Substance:
        """The record of the substance of one folder. Raises RulesError."""
        name = f"{folder}/substance.toml"
        if name not in self.texts and name not in self._unsound:
            if self.base:
                return self.base.record_of(folder)
            raise RulesError([_nameless(folder, self.folders)])
        return self.record(name, front_matter.Substance)

    def substance(self, word: object) -> front_matter.Substance:
        """The substance that a word means. Raises UsageError with the nearest ones, or all that it may mean."""
        if (found := self.named_by(word)) is None:
            raise self._unknown_substance(word)
        return self.record_of(found)

    def named_by(self, word: object) -> str | None:
        """The id of the substance that a word means, None where it means none. Raises UsageError for several."""
        if not isinstance(word, str):
            return None
        return word if word in self.folders else self.names.find(word) or self._named_by_drug(word)

    def _named_by_drug(self, word: str) -> str | None:
        """The id of the substance that is listed as a drug too, under a word that its own record has not."""
        if not self.drugs.knows(word):
            return None
        drug = self.drugs.resolve(word)
        return drug if drug in self.folders else self.names.find(drug)

    def is_other_drug(self, word: object) -> bool:
        """Whether a word means a drug of which no rule speaks: no substance, nor what is found after one."""
        if not self.drugs.knows(word) or self.named_by(word) is not None:
            return False
        analytes = self.vocabularies["analyte"]
        return not (analytes.knows(word) and self.comes_of(analytes.resolve(word)))

    def _spelt(self, folded: str, substance: str) -> str:
        """A name of a substance as its record writes it."""
        record = self.record_of(substance)
        names = (record.name, *record.synonyms, *(name for called in record.street for name in called.names))
        return next((name for name in names if fold(name) == folded), folded)

    def _unknown_substance(self, word: object) -> UsageError:
        """Why a word is no substance: it is an analyte, or near some name, or nothing that the book knows."""
        analytes = self.vocabularies["analyte"]
        if isinstance(word, list | tuple | set | frozenset):
            hint = "ask them one by one, or give a table to `detect_many`, `effects_many` or `history`"
            return UsageError("`substance` is one word, not several", value=word, hint=hint, column="substance")
        if not isinstance(word, str) or not analytes.knows(word):
            near = self.names.near(word)
            if near and not frozenset.intersection(*map(self.analytes_after, near)):
                near = []  # of drugs of which no test finds the same, none is the likelier
            slip = None if near else self.names.one_slip_from(word)
            near = [slip[1]] if slip else near
            unknown = unknown_option("substance", word, self.folders, column="substance", near=near)
            unknown.hint = unknown.hint or "`ketref show` lists the substances of the rule set"
            if slip and fold(slip[1]) != slip[0]:
                unknown.hint = f"did you mean `{self._spelt(*slip)}`, which is `{slip[1]}`?"
            return unknown
        analyte = analytes.resolve(word)
        if analyte in self.folders:  # a word of laboratories alone for what has the name of a substance too
            return unknown_option("substance", word, self.folders, column="substance", near=[analyte])
        givers = self.comes_of(analyte)
        relation = "it finds what is left of" if analytes.terms[analyte].members else "it comes from"
        hint = f"name what was taken, and beside it `{analyte}` as the analyte; {relation} {', '.join(givers)}"
        if not givers:
            hint = "no substance of the rule set gives it"
        message = f"`{quoted(word)}` is not a substance but an analyte, which a test measures"
        return UsageError(message, value=word, candidates=givers, hint=hint, column="substance")

    def yields(self, folder: str) -> tuple[str, ...]:
        """The analytes that the substance of one folder yields."""
        return tuple(self.roles(folder))

    def roles(self, folder: str) -> Mapping[str, front_matter.Role | None]:
        """The analytes that the substance of one folder yields, each with its closest role."""
        if self._contents:
            return self._contents.yields[folder]
        if self.base and f"{folder}/substance.toml" not in self.texts:
            return self.base.roles(folder)
        return self.record_of(folder).roles

    def comes_of(self, analyte: str) -> list[str]:
        """The substances after which a test may report an analyte: as it is, by a mirror form, or as a class."""
        terms = self.vocabularies["analyte"].terms.values()
        alike = {analyte, *(term.id for term in terms if term.reported_as == analyte)}
        return [name for name in self.folders if alike & self.analytes_after(name)]

    @kept
    def coverage(self, folder: str) -> front_matter.Coverage:
        """How many rules on windows hold for a substance, and on which grades they rest."""
        if self._contents:
            return front_matter.Coverage(**self._contents.coverage[folder])
        record = self.record_of(folder)
        if self.base and not any(name.startswith((f"{folder}/", f"{record.windows_of}/")) for name in self.texts):
            return self.base.coverage(folder)
        rules = [ranked.rule for ranked in self.ranked(folder, "windows")]
        named = [matrix for rule in rules for matrix in rule.when.matrix]
        grades = sorted({self.sources[source].grade for rule in rules for source in cited(rule)})
        return front_matter.Coverage(
            name=record.name,
            kind=record.kind,
            windows={matrix: named.count(matrix) for matrix in self.vocabularies["matrix"].terms if matrix in named},
            best=grades[0] if grades else None,
            worst=grades[-1] if grades else None,
        )

    @kept
    def analytes_after(self, folder: str) -> frozenset[str]:
        """What tests may measure after a substance: what it yields, free and in all, and the classes of these."""
        return self._measured(self.roles(folder))

    @kept
    def pure_after(self, folder: str) -> frozenset[str]:
        """What tests may measure after a substance that is free of impurities."""
        return self._measured(analyte for analyte, role in self.roles(folder).items() if role != "impurity")

    def _measured(self, yielded: Iterable[str]) -> frozenset[str]:
        vocabulary = self.vocabularies["analyte"]
        given = set(yielded)
        found = {term for term in vocabulary.terms if given.intersection(vocabulary.line(term))}
        return frozenset(found | {term.id for term in vocabulary.terms.values() if found.intersection(term.members)})

    def _analytes_by_code(self) -> Mapping[str, str]:
        return {
            plain(word): identifier.analyte
            for folder in self.folders
            if self.sound(f"{folder}/substance.toml")
            for identifier in self.record_of(folder).identifier
            if identifier.analyte is not None
            for word in spellings(identifier.scheme, identifier.value)
        }

    @property
    def names(self) -> Names:
        """The substances by the words that mean them."""
        return self._contents.names if self._contents else self._names

    @cached_property
    def _names(self) -> Names:
        return names_of(self.substances.values())

    @kept
    def ranked(self, substance: str, file: str) -> tuple[Ranked, ...]:
        """The rules of one file of a substance, with those behind it.

        A book's own rules outrank the shipped ones, and a substance's own windows those that it borrows.
        """
        return tuple(self._ranked(substance, file))

    def _ranked(self, substance: str, file: str) -> Iterator[Ranked]:
        lender = self.record_of(substance).windows_of if file == "windows" else None
        books = [(self, 2), (self.base, 0)] if self.base else [(self, 0)]
        folders = [(substance, 1), (lender, 0)] if lender else [(substance, 1)]
        for (book, book_rank), (folder, own) in product(books, folders):
            name, key = f"{folder}/{file}.toml", OF_FILE[file].key
            for index, rule in enumerate(getattr(book.record(name, record_of(file)), key)):
                place = partial(book.place, name, key, index)
                yield Ranked(rule, book_rank + own, book.header.name, folder, place)

    @kept
    def named(self, axis: str) -> frozenset[str]:
        """The terms of an axis that the conditions of rules name. Raises RulesError."""
        ranked = (each for folder in self.folders for file in OF_FILE for each in self.ranked(folder, file))
        return frozenset(term for each in ranked for term in getattr(each.rule.when, axis, ()))

    def factors(self, substance: str) -> tuple[Factor, ...]:
        """What may lengthen or shorten."""
        books = [self, self.base] if self.base else [self]
        name = f"{substance}/factors.toml"
        return tuple(factor for book in books for factor in book.record(name, Factors).factor)

    def facts(self, substance: str, table: str) -> tuple[Any, ...]:
        """What one table of facts.toml holds on a substance: fact, study, pharmacokinetic or cutoff."""
        books = [self, self.base] if self.base else [self]
        name = f"{substance}/facts.toml"
        return tuple(entry for book in books for entry in getattr(book.record(name, record_of("facts")), table))

    def models(self, substance: str) -> tuple[Model, ...]:
        """The pharmacokinetic models of a substance, a book's own first."""
        return tuple(model for models in self._models(substance) for model in models.model)

    def servings(self, substance: str) -> tuple[Serving, ...]:
        """The usual portions of a substance, by country."""
        return tuple(serving for models in self._models(substance) for serving in models.serving)

    def unbuilt(self, substance: str) -> tuple[Unbuilt, ...]:
        """The models of a substance that are known and cannot be reckoned with."""
        return tuple(model for models in self._models(substance) for model in models.unbuilt)

    def _models(self, substance: str) -> list[Models]:
        books = [self, self.base] if self.base else [self]
        return [book.record(f"{substance}/models.toml", record_of("models")) for book in books]

    def has_models(self, substance: str) -> bool:
        """Whether a substance has pharmacokinetic models; their file is not read."""
        return f"{substance}/models.toml" in self.texts or bool(self.base and self.base.has_models(substance))

    def class_facts(self) -> tuple[ClassFact, ...]:
        """What is said of classes of drugs, and of none of them alone."""
        books = [self, self.base] if self.base else [self]
        return tuple(fact for book in books for fact in book.record("classes.toml", record_of("classes")).fact)

    def cases(self) -> Iterator[tuple[str, int, Case]]:
        """Every golden case of this folder's sound files, with its file and its place in it."""
        for name in sorted(filter(self.sound, self.texts)):
            if name.endswith("/cases.toml"):
                for index, case in enumerate(self.record(name, record_of("cases")).case):
                    yield name, index, case

    def entries(self) -> Iterator[tuple[str, str, str, int]]:
        """The id of everything that `listed` gives, with its file, its table and its place there."""
        yield from ((entry.id, name, key, index) for entry, name, key, index in self.listed())

    def listed(self) -> Iterator[tuple[Any, str, str, int]]:
        """Every rule, factor, fact and source of this folder's sound files, with its file, table and place there."""
        for name in sorted(filter(self.sound, self.texts)):
            kind = record_in(name)
            if name.startswith(f"{MAPPINGS}/"):
                continue
            for key in _LISTED.get(name.split("/")[-1].removesuffix(".toml"), ()):
                for index, entry in enumerate(getattr(self.record(name, kind), key)):
                    yield entry, name, key, index

    @kept
    def owners(self) -> Mapping[str, tuple[str, str, int]]:
        """The file of every rule, factor and source of this folder, and its place in there (see `place`), by its id."""
        return {entry: (name, key, index) for entry, name, key, index in self.entries()}

    def place(self, name: str, *path: str | int) -> tuple[str, int]:
        """A file, and the line of it on which something stands."""
        return name, self.line(name, *path)

    def line(self, name: str, *path: str | int) -> int:
        """The line of a file on which something stands."""
        from ketref.book.lines import line_of

        return line_of(self._lines(name), path)

    @kept
    def _lines(self, name: str) -> Mapping[tuple[str | int, ...], int]:
        from ketref.book.lines import lines

        return lines(self.texts[name].decode("utf-8"))

    # ------------------------------------------------------------ soundness

    def findings(self) -> list[Finding]:
        """Every problem of every file that the text alone shows, sorted by place."""
        found: list[Finding] = []
        needed = ["edition.toml", *([] if self.base else ["terms.toml"])]
        for name in dict.fromkeys([*needed, *sorted({*self.texts, *self._unsound})]):
            try:
                kind = record_in(name)
                if kind is None and name not in self._unsound:
                    found.append(Finding(name, 1, "unknown-file", *unread(name)))
                elif name in needed:
                    _ = self.header if name == "edition.toml" else self.terms  # raise where they are missing
                else:
                    self.record(name, kind)
            except RulesError as error:
                found += error.findings  # of this file, or of one that it leans on
        folders = {name.split("/")[0] for name in self.texts if "/" in name} - {MAPPINGS}
        for folder in sorted(folders - set(self.folders)):
            found.append(_nameless(folder, self.folders))
        return sorted({*found, *self._clashes()}, key=Finding.place)

    def _clashes(self) -> Iterator[Finding]:
        """Ids and names that two sound files share."""
        seen = {entry: "the shipped rules" for entry, _, _, _ in self.base.entries()} if self.base else {}
        for entry, name, key, index in self.entries():
            if (owner := seen.setdefault(entry, name)) != name:
                message = f"`{entry}` is there already, in {owner}"
                yield Finding(name, self.line(name, key, index, "id"), "duplicate-id", message, "ids are never reused")
        shipped_substances = set(self.base.folders) if self.base else set()
        for name in sorted({f"{folder}/substance.toml" for folder in shipped_substances} & set(self.texts)):
            hint = "your rules on it need no substance.toml; give another substance another id"
            yield Finding(name, 1, "duplicate-id", f"`{name.split('/')[0]}` is a shipped substance", hint)
        names: dict[str, str] = {}
        for substance in (self.record_of(f) for f in self.folders if self.sound(f"{f}/substance.toml")):
            for word in (substance.id, substance.name, *substance.synonyms):
                if (owner := names.setdefault(fold(word), substance.id)) != substance.id:
                    name = f"{substance.id}/substance.toml"
                    yield Finding(name, 1, "ambiguous-word", f"`{word}` means `{owner}` and `{substance.id}`", "")
            for index, code in enumerate(substance.identifier):
                key = plain(f"{code.scheme} {code.value}")
                if (owner := names.setdefault(key, code.analyte or substance.id)) != (code.analyte or substance.id):
                    name = f"{substance.id}/substance.toml"
                    message = f"`{code.value}` means `{owner}` and `{code.analyte or substance.id}`"
                    yield Finding(name, self.line(name, "identifier", index), "ambiguous-word", message, "")


_LISTED = {
    **{file: (kind.key,) for file, kind in OF_FILE.items()},
    "factors": ("factor",),
    "facts": FACT_TABLES,
    "sources": ("source",),
    "panels": ("panel",),
    "reactivities": ("reactivity",),
    "classes": ("fact",),
    "interpretations": ("interpretation",),
    "validity": ("validity",),
    "models": ("serving", "model", "unbuilt"),
}
_EXTENDS_HINT = 'your own rules on top of the shipped ones say extends = "shipped" in edition.toml'


def _document(name: str, content: bytes) -> Mapping[str, Any]:
    """What a file, or a part of it, holds of which it is known that it has no problem."""
    found: Any = reading.parse(name, content)
    document: Mapping[str, Any] = found
    return document


def _sound(entry: Mapping[str, Any], kind: type[T]) -> T:
    """The record of an entry of which it is known that it has no problem."""
    found: Any = structuring.structure(entry, kind)
    record: T = found
    return record


def _plain(word: str) -> str:
    """A word in small letters and with single spaces."""
    return " ".join(word.split()).casefold()


def _nameless(folder: str, known: Sequence[str]) -> Finding:
    """The finding for a folder that does not say which substance it is of."""
    hint = "the files of a substance lie in a folder of its id, and substance.toml is one of them"
    if folder.casefold() in known:
        hint = f"name the folder `{folder.casefold()}`, as the id of the substance is written"
    message = f"the folder `{folder}` has no substance.toml"
    return Finding(f"{folder}/substance.toml", 1, "missing-file", message, hint)


def shipped_folder() -> Path:
    """Where the shipped rules are: in the installed package, or in the checkout beside it."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "rules", package.parents[1] / "rules"):
        if (folder / "edition.toml").is_file():
            return folder
    raise InputError("the shipped rules are missing", path=str(package / "rules"), hint="install ketref again")


OPENED: dict[str, Book] = {}
"""The shipped book, once it was asked for."""


def shipped() -> Book:
    """The shipped book, read once."""
    if "shipped" not in OPENED and (known := contents.described(shipped_folder())):
        OPENED.setdefault("shipped", Book(known[0], contents=known[1]))
    if "shipped" not in OPENED:
        texts, findings = reading.read_folder(shipped_folder())
        if findings:
            raise RulesError(findings)
        OPENED.setdefault("shipped", Book(texts))
    return OPENED["shipped"]


_RECEIVED: dict[str, Book] = {}


def _received(
    digest: str, texts: Mapping[str, bytes], base: Book | None = None, unreadable: Iterable[Finding] = ()
) -> Book:
    """The book of a digest that another process had, made once; the shipped one where it is the same here."""
    if digest not in _RECEIVED:
        here = shipped()
        _RECEIVED.setdefault(digest, here if here.digest == digest else Book(texts, base, unreadable))
    return _RECEIVED[digest]


def open_folder(folder: Path) -> Book:
    """The book in a folder, sound or not. Raises InputError where there is none."""
    return _book(*reading.read_folder(folder))


def load_texts(texts: Mapping[str, str | bytes]) -> Book:
    """The book that these files make, by their relative names. Raises RulesError with every finding."""
    book = _book({name: text.encode() if isinstance(text, str) else text for name, text in texts.items()})
    if found := book.findings():
        raise RulesError(found)
    return book


def load(folder: str | PathLike[str] | None = None) -> Book:
    """The book in a folder, or the shipped one.

    Raises InputError where there is none, RulesError with every finding where its files are not sound.
    """
    if folder is None:
        return shipped()
    try:
        path = Path(folder)
    except TypeError:  # not a text, nor what has the path of one
        hint = "give its name or path"
        raise UsageError(f"`{quoted(folder)}` is not a folder", value=folder, hint=hint) from None
    book = open_folder(path)
    if found := book.findings():
        raise RulesError(found)
    return book


def _book(texts: Mapping[str, bytes], unreadable: Iterable[Finding] = ()) -> Book:
    book = Book(texts, unreadable=unreadable)
    try:
        extends = bool(book.header.extends)
    except RulesError:  # its findings say so; what it was meant to be, its text tells
        extends = b"extends" in texts.get("edition.toml", b"") and "terms.toml" not in texts
    return Book(texts, shipped(), unreadable) if extends else book


def chosen(rules: object) -> Book:
    """The book that a caller means: a `Book`, the folder of one, or None for the shipped one."""
    if rules is None:
        return shipped()
    if isinstance(rules, Book):
        return rules
    if isinstance(rules, str | PathLike):
        return load(rules)
    raise UsageError(
        f"`{quoted(rules)}` is not a folder of rules", value=rules, hint="give ketref.load(...) or a folder"
    )
