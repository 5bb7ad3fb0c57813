"""Which answer does a question in JSON get?

A question is an object: what it asks (`ask`), and the keywords of the function of that name. Whatever asks in another
language asks here, of the engine for one question: no arrays are read, and what was loaded stays loaded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from inspect import signature
from typing import Any

from ketref.book.loading import Rules, chosen
from ketref.errors import UsageError, quoted, unknown_option
from ketref.model.axes import ALIASES, SAID_BY
from ketref.output.error_forms import error_form

ASKS: Mapping[str, tuple[str, str]] = {
    "detect": ("answers.detect", "substance"),
    "effects": ("answers.effects", "substance"),
    "cautions": ("answers.cautions", "substance"),
    "history": ("person.history", "doses"),
    "infer": ("person.infer", "results"),
    "interpret": ("person.interpret", "results"),
    "today": ("person.today", "doses"),
}
"""What can be asked: where the function of that name is, and the key that it needs."""
SUCH = 'such as {"ask": "detect", "substance": "ketamine", "matrix": "urine", "since": "3 days"}'


def answer(question: object, *, rules: Rules = None) -> dict[str, Any]:
    """The JSON form of the answer to a question such as {"ask": "detect", "substance": "ketamine", "matrix": "urine"}.

    `ask` is "detect" if it is left out; the other keys are the keywords of `ketref.detect`, `effects`, `cautions`,
    `history`, `infer`, `interpret` or `today`, factors too. Values are texts, numbers or, of doses and results, lists
    of objects.

    Raises UsageError where it is not understood, RulesError where rules contradict each other.
    """
    if not isinstance(question, Mapping) or not all(isinstance(key, str) for key in question):
        raise UsageError(f"`{quoted(question)}` is not a question", value=question, hint=SUCH)
    given = {ALIASES.get(key, key): value for key, value in question.items() if value is not None}
    ask = given.pop("ask", "detect")
    if not isinstance(ask, str) or ask not in ASKS:
        raise unknown_option("question", ask, ASKS, column="ask")
    module, needed = ASKS[ask]
    if needed not in given:
        raise UsageError(f"`{needed}` is missing", hint=SUCH, column=needed)
    function: Callable[..., Any] = getattr(import_module(f"ketref.{module}"), ask)
    of = given.pop(needed)
    known = _keywords(function)
    for key in given:
        if key == "rules" or (known is not None and key not in known):
            raise unknown_option("key", key, known or SAID_BY[ask], column=key)
    return dict(function(of, rules=chosen(rules), **given).to_dict())


@lru_cache
def _keywords(function: Callable[..., Any]) -> tuple[str, ...] | None:
    """The keywords of a function besides its first argument, None where it takes any."""
    _, *parameters = signature(function).parameters.values()
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return None
    return tuple(one.name for one in parameters if one.name != "rules")


def answer_line(line: str | bytes, *, rules: Rules = None) -> dict[str, Any]:
    """The JSON form of the answer to a question in JSON, or of its error, whose schema is `ketref.error/1`.

    Nothing is raised: what comes next is another question.
    """
    try:
        return answer(question_of(line), rules=rules)
    except Exception as error:
        return dict(error_form(error))


def question_of(line: str | bytes) -> Any:
    """What a JSON text holds. Raises UsageError where it is none."""
    try:
        return json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        shown = quoted(line.decode("utf-8", "replace") if isinstance(line, bytes) else line).strip()
        raise UsageError(f"not valid JSON: {error}"[:300], value=shown, hint=f"one question a line, {SUCH}") from None


def _no_constant(word: str) -> None:
    raise ValueError(f"`{word}` is not a number")
