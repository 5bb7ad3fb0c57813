"""Would a kept answer be given again today, and if not, what changed, and which rule or source caused it?

The question that an answer echoes is asked again, of another book or by another ketref.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from ketref.answers.cautions import cautions
from ketref.answers.detect import detect
from ketref.answers.effects import effects
from ketref.book.loading import Book
from ketref.errors import UsageError
from ketref.model import units
from ketref.model.axes import SAID_BY
from ketref.output.forms import ANSWERS
from ketref.review.differences import differences

if TYPE_CHECKING:
    from ketref.output import review_forms


_NEEDED: Mapping[str, Sequence[str]] = {"detect": ("matrix",), "effects": (), "cautions": ()}
_ASIDE = frozenset({"dose", "dose_per_kg", "factors", "pattern"})
_HINT = "keep answers as they are printed"


def verify(kept: Mapping[str, Any], book: Book) -> review_forms.VerifyForm:
    """A kept answer beside today's: the JSON form `ketref.verify/1`; `kept` is as `recognised` gives it.

    Raises UsageError where its question is none, RulesError where rules contradict each other.
    """
    asked = str(kept["schema"]).removeprefix("ketref.").removesuffix("/1")
    refused, found = None, list["review_forms.Difference"]()
    try:
        found = list(differences(kept, _ask(asked, kept["question"], book)))
    except UsageError as error:
        if not error.candidates:  # not a word that the book may have lost, but no question at all
            raise UsageError(f"no question of ketref: {error}", value=error.value, hint=error.hint) from None
        refused = str(error)
    named = {name for difference in found for name in (*difference["rules"], *difference["sources"])}
    return {
        "schema": "ketref.verify/1",
        "same": not (found or refused),
        "asked": cast("Any", asked),
        "question": kept["question"],
        "refused": refused,
        "differences": found,
        "gone": sorted(named - _known(book)),
        "kept": {"edition": kept["edition"], "digest": kept["digest"], "version": kept["version"]},
        "today": _today(book),
    }


def _today(book: Book) -> review_forms.KeptForm:
    from ketref.version import __version__

    return {"edition": book.edition, "digest": book.digest, "version": __version__}


def _known(book: Book) -> set[str]:
    """The id of every rule, factor and source."""
    return {entry for known in (book, book.base) if known for entry, _, _, _ in known.entries()}


# ---------------------------------------------------------------- asking again


def _ask(asked: str, question: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """The answer that a question gets today."""
    echoed = {"substance", *SAID_BY[asked]}
    given = {key: question[key] for key in echoed & question.keys()}
    factors = question.get("factors", {})
    if odd := question.keys() - {*echoed, *_ASIDE}:
        raise UsageError(f"`{min(odd)}` is not a part of a question", hint=_HINT)
    if absent := {"substance", *_NEEDED[asked]} - given.keys():
        raise UsageError(f"its `{min(absent)}` is missing", hint=_HINT)
    if not isinstance(factors, dict) or not all(
        isinstance(value, str) for value in (*given.values(), *factors.values())
    ):
        raise UsageError("its values are not text", hint=_HINT)
    if "weight" in given:
        factors = {name: value for name, value in factors.items() if name != "weight"}  # it is echoed in both places
    if odd := factors.keys() & {*SAID_BY["detect"], *_ASIDE, "substance", "rules"}:
        raise UsageError(f"`{min(odd)}` is not a factor", value=min(odd), hint=_HINT)
    if asked != "cautions" and (dose := _dose(question)) is not None:
        given["dose"] = dose
    ask: Any = {"detect": detect, "effects": effects, "cautions": cautions}[asked]
    answer: dict[str, Any] = json.loads(json.dumps(ask(**given, **factors, rules=book).to_dict()))
    return answer


def _dose(question: Mapping[str, Any]) -> Any:
    """The dose that was given; the other is what the weight made of it."""
    mass, per_kg, weight = (question.get(key) for key in ("dose", "dose_per_kg", "weight"))
    if mass is None or per_kg is None or weight is None:
        return per_kg if mass is None else mass
    body = units.quantity(str(weight), units.WEIGHT)
    made = units.per_kilogram(units.quantity(str(mass), units.DOSE), body) if body.value else None
    return mass if str(made) == per_kg else per_kg


ASKED = ("detect", "effects", "cautions")
"""The commands whose answers can be asked again."""
HOW_TO_KEEP = "keep what `ketref detect`, `effects` or `cautions` prints with --format json, one answer a file"
_UNSAID: Mapping[str, Any] = {"origin": "rule", "warnings": []}
"""What is taken for so of an answer that was kept before answers said it."""
_NAMES: Mapping[type, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def recognised(kept: Any, name: str) -> dict[str, Any]:
    """The answer that some JSON is. Raises UsageError with the first thing that no answer has."""
    schema = kept.get("schema") if isinstance(kept, dict) else None
    command, _, version = str(schema).removeprefix("ketref.").partition("/")
    if not isinstance(schema, str) or not schema.startswith("ketref."):
        raise UsageError(f"`{name}` is not a ketref answer: it has no `schema` of one", value=schema, hint=HOW_TO_KEEP)
    if command not in ASKED:
        raise UsageError(
            f"`{name}` holds `{schema}`, which is not an answer to a question", value=schema, hint=HOW_TO_KEEP
        )
    if version != "1":
        hint = "it was kept by a ketref with another form of answers: verify it with that"
        raise UsageError(f"`{name}` holds `{schema}`, which this ketref does not know", value=schema, hint=hint)
    form = ANSWERS[command]
    kept = {key: said for key, said in _UNSAID.items() if key in get_type_hints(form)} | kept
    if problem := _problem(kept, form, ""):
        raise UsageError(f"`{name}` is not a ketref answer: {problem}", value=schema, hint=HOW_TO_KEEP)
    return dict(kept)


# ---------------------------------------------------------------- values against their types


def _problem(value: Any, kind: Any, place: str) -> str | None:
    """What is wrong with a value of a form, and where; None where nothing is."""
    if kind is Any:
        return None
    if kind is NoneType:
        return None if value is None else _not(place, "null")
    if kind in _NAMES:
        right = isinstance(value, (int, float) if kind is float else kind)
        return None if right and (kind is bool or not isinstance(value, bool)) else _not(place, _NAMES[kind])
    if is_typeddict(kind):
        return _table_problem(value, kind, place)
    return _generic_problem(value, get_origin(kind), get_args(kind), place)


def _not(place: str, wanted: str) -> str:
    return f"`{place}` is not {wanted}"


def _table_problem(value: Any, kind: Any, place: str) -> str | None:
    if not isinstance(value, dict):
        return _not(place, "an object")
    for key, inner in get_type_hints(kind).items():
        where = f"{place}.{key}" if place else key
        if key not in value:
            problem = f"`{where}` is missing" if key in kind.__required_keys__ else None
        else:
            problem = _problem(value[key], inner, where)
        if problem:
            return problem
    return None


def _generic_problem(value: Any, origin: Any, inner: tuple[Any, ...], place: str) -> str | None:
    if origin in {Union, UnionType}:
        problems = [_problem(value, part, place) for part in inner]
        return None if None in problems else problems[0]
    if origin is Literal:
        return None if isinstance(value, str) and value in inner else _not(place, f"one of {', '.join(inner)}")
    if origin is list:
        if not isinstance(value, list):
            return _not(place, "a list")
        found = (_problem(item, inner[0], f"{place}[{index}]") for index, item in enumerate(value))
    else:
        if not isinstance(value, dict):
            return _not(place, "an object")
        found = (_problem(item, inner[1], f"{place}.{key}") for key, item in value.items())
    return next((problem for problem in found if problem), None)
