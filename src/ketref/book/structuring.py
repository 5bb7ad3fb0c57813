"""Does a TOML document have the shape of its record, and what record is it?

One cattrs converter, made strict: nothing is coerced, an unknown key is an error, and every problem of a document is
reported with its path.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, Literal, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import AttributeValidationNote, ClassValidationError, IterableValidationError, IterableValidationNote

from ketref.errors import UsageError
from ketref.model import units
from ketref.model.axes import AXES, TERM_AXES, UNITS
from ketref.model.front_matter import Yield
from ketref.model.rules import Range, Span, When
from ketref.model.units import Duration, Limit, Quantity

T = TypeVar("T")
Path = tuple[str | int, ...]
Problem = tuple[Path, str, str, str]  # path, code, message, hint
ID = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
LIMIT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?) (\S(?:.*\S)?)", re.ASCII)
ID_SAYS = "ASCII letters and digits, in parts that a `-` joins: KET-W004"


class MismatchError(Exception):
    """A value that does not fit: `code`, message and `hint` of the finding that it becomes."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def structure(document: Mapping[str, Any], record: type[T]) -> T | list[Problem]:
    """The record that a document holds, or every problem that keeps it from being one."""
    try:
        result: T = _converter().structure(document, record)
    except Exception as error:  # cattrs raises groups of whatever the hooks raised
        return list(_problems(error, ()))
    return result


def unbroken(
    document: Mapping[str, Any], problems: Sequence[Problem]
) -> tuple[Mapping[str, Any], Callable[[Path], Path]] | None:
    """A document without those entries of its lists that have a problem, and what a path in it is in the whole.

    None where a problem lies outside of such an entry.
    """
    broken = {path[:2] for path, *_ in problems}
    if any(len(place) < 2 or not isinstance(place[1], int) for place in broken):
        return None
    lists = {key: entries for key, entries in document.items() if isinstance(entries, list)}
    places = {key: [i for i in range(len(entries)) if (key, i) not in broken] for key, entries in lists.items()}

    def whole(path: Path) -> Path:
        key, *inside = path
        kept = places.get(str(key))
        return (key, kept[int(inside[0])], *inside[1:]) if kept is not None and inside else path

    return {**document, **{key: [lists[key][i] for i in kept] for key, kept in places.items()}}, whole


@lru_cache(maxsize=1)
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_structure_hook(str, _string)
    converter.register_structure_hook(bool, lambda value, _: _exactly(value, bool, "true or false"))
    converter.register_structure_hook(int, lambda value, _: _exactly(value, int, "a whole number"))
    converter.register_structure_hook(float, lambda value, _: _number(value))
    converter.register_structure_hook(date, _date)
    converter.register_structure_hook(Duration, lambda value, _: _duration(value))
    converter.register_structure_hook(Span, lambda value, _: _span(value))
    converter.register_structure_hook(Range, lambda value, _: _range(value))
    converter.register_structure_hook(When, lambda value, _: _when(value))
    converter.register_structure_hook(Quantity, lambda value, _: _cutoff(value))
    converter.register_structure_hook(Limit, lambda value, _: _limit(value))
    converter.register_structure_hook_func(_is(Literal), _literal)
    converter.register_structure_hook_func(_is(Mapping), _strings)
    converter.register_structure_hook_factory(_is(tuple), _tuple_hook(converter))
    converter.register_structure_hook_factory(
        lambda kind: attrs.has(kind) and kind not in {Duration, Limit, Span, Range, When, Quantity},
        lambda kind: _record_hook(kind, converter),
    )
    converter.register_structure_hook_factory(lambda kind: kind is Yield, lambda _: _yield_hook(converter))
    return converter


def _is(origin: object) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _record_hook(kind: type, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """A table as an attrs class: every key known, every needed key there, every value by the hook of its type."""
    hooks = {
        key_of(a): (_id if a.name == "id" else converter.get_structure_hook(a.type), a.type) for a in attrs.fields(kind)
    }
    fields = {key_of(a): a.name for a in attrs.fields(kind)}
    needed = [key_of(a) for a in attrs.fields(kind) if a.default is attrs.NOTHING]

    def hook(value: Any, _: Any) -> Any:
        _exactly(value, dict, "a table")
        found: dict[str, Any] = {}
        errors = [] if value.keys() <= hooks.keys() else _unknown_keys(value, hooks)
        for key, given in value.items():
            if key in hooks:
                convert, wanted = hooks[key]
                try:
                    found[fields[key]] = convert(given, wanted)
                except Exception as error:
                    errors.append(_noted(error, key))
        errors += [MismatchError("missing-key", f"`{key}` is missing") for key in needed if key not in value]
        if errors:
            raise ClassValidationError(kind.__name__, errors, kind)
        return kind(**found)

    return hook


def key_of(a: Any) -> str:
    """The key of a file that a field holds: its name, but for a word of Python's own (`from_`)."""
    name: str = a.name
    return name.rstrip("_")


def _tuple_hook(converter: cattrs.Converter) -> Callable[[Any], Callable[[Any, Any], Any]]:
    def factory(kind: Any) -> Callable[[Any, Any], Any]:
        arguments = get_args(kind)
        element = converter.get_structure_hook(arguments[0])
        if arguments[-1] is not Ellipsis:
            return lambda value, _: _pair(value, arguments[0], element)

        def hook(value: Any, _: Any) -> Any:
            _exactly(value, list, "a list")
            return _elements(value, lambda item: element(item, arguments[0]))

        return hook

    return factory


def _pair(value: Any, kind: Any, element: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """A range `[low, high]`, or one value that is both."""
    if not isinstance(value, list):
        value = [value, value]
    if len(value) != 2:
        raise MismatchError("wrong-type", f"a range has two ends, not {len(value)}")
    low, high = _elements(value, lambda item: element(item, kind))
    _check_order(low, high, value)
    return low, high


def _elements(items: list[Any], element: Callable[[Any], Any]) -> tuple[Any, ...]:
    done, errors = [], []
    for index, item in enumerate(items):
        try:
            done.append(element(item))
        except Exception as error:
            error.__notes__ = [
                *getattr(error, "__notes__", []),
                IterableValidationNote(f"element {index}", index, object),
            ]
            errors.append(error)
    if errors:
        raise IterableValidationError("elements", errors, tuple)
    return tuple(done)


# ---------------------------------------------------------------- values


def _name(value: Any) -> str:
    names = {str: "a string", bool: "true or false", int: "a whole number", float: "a number", list: "a list"}
    return "a table" if isinstance(value, dict) else names.get(type(value), "a date or time")


def _exactly(value: Any, kind: type, wanted: str) -> Any:
    if type(value) is not kind:
        raise MismatchError("wrong-type", f"{wanted} is wanted, not {_name(value)}")
    return value


def _string(value: Any, _: Any) -> str:
    if type(value) is str and value and value == value.strip():
        return value
    text: str = _exactly(value, str, "a string")
    raise MismatchError("wrong-type", f"{text!r} is empty, or begins or ends with a space")


def _id(value: Any, _: Any) -> str:
    text = _string(value, str)
    if not ID.fullmatch(text):
        raise MismatchError("bad-id", f"{text!a} is not an id", ID_SAYS)
    return text


def _number(value: Any) -> float:
    if type(value) not in {int, float} or not math.isfinite(value):
        raise MismatchError("wrong-type", f"a number is wanted, not {value if type(value) is float else _name(value)}")
    return float(value)


def _date(value: Any, _: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise MismatchError("wrong-type", f"a date is wanted, not {_name(value)}", "without quotes: 2026-11-23")
    return value


def _literal(value: Any, kind: Any) -> Any:
    allowed = get_args(kind)
    if value not in allowed or type(value) is not type(allowed[0]):
        words = ", ".join(f"`{word}`" for word in allowed)
        raise MismatchError("unknown-term", f"`{value}` is none of the allowed words", f"one of {words}")
    return value


def _strings(value: Any, _: Any) -> dict[str, str]:
    _exactly(value, dict, "a table")
    for key, text in value.items():
        if type(text) is not str:
            raise MismatchError("wrong-type", f"`{key}`: a string is wanted, not {_name(text)}")
    return dict(value)


def _duration(value: Any) -> Duration:
    text = _exactly(value, str, 'a duration such as "24 h"')
    try:
        return units.written_duration(text)
    except UsageError as error:
        raise MismatchError("bad-unit", str(error), error.hint) from None


def _span(value: Any) -> Span:
    """`[earliest, latest]`, or a table with one or both ends."""
    if isinstance(value, list):
        if len(value) != 2:
            raise MismatchError("wrong-type", "a boundary has two ends: [earliest, latest]")
        ends = _elements(value, _duration)
        span = Span(*ends)
    elif isinstance(value, dict):
        _known_keys(value, ("earliest", "latest"))
        if not value:
            raise MismatchError("missing-key", "a boundary needs `earliest` or `latest`")
        span = Span(**{key: _at(key, _duration, text) for key, text in value.items()})
    else:
        message = f"a boundary is [earliest, latest] or a table, not {_name(value)}"
        hint = 'write ["3 d", "8 d"], or { latest = "8 d" } where one end is known alone'
        raise MismatchError("wrong-type", message, hint)
    if span.earliest and span.latest:
        _check_order(span.earliest, span.latest, [span.earliest, span.latest])
    return span


def _limit(value: Any) -> Limit:
    """A plain number, or a text of a number with its unit."""
    if not isinstance(value, str):
        return Limit(_number(value), "", repr(value))
    if not (parts := LIMIT.fullmatch(value)):
        raise MismatchError("bad-unit", f"`{value}` is not a number with its unit", 'as in "2000 ng/mL"; alone: 3.05')
    return Limit(float(parts[1]), parts[2], value)


def _yield_hook(converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """What a substance gives: a table, or the analyte alone."""
    as_table = _record_hook(Yield, converter)
    return lambda value, kind: as_table({"analyte": value} if isinstance(value, str) else value, kind)


def _range(value: Any) -> Range:
    _exactly(value, dict, 'a table such as { min = "28 mg", max = "84 mg" }')
    _known_keys(value, ("min", "max"))
    found = Range(**{key: _at(key, _dose, text) for key, text in value.items()})
    if found.min is None and found.max is None:
        raise MismatchError("missing-key", "a range of doses needs `min` or `max`")
    if found.min and found.max:
        if found.min.base != found.max.base:
            raise MismatchError("bad-unit", f"`{found.min}` and `{found.max}` have different units")
        _check_order(found.min.value, found.max.value, [found.min, found.max])
    return found


def _dose(value: Any) -> Quantity:
    return _quantity(value, units.DOSE, units.DOSE_PER_KG)


def _cutoff(value: Any) -> Quantity:
    return _quantity(value, *units.CONCENTRATIONS)


def _quantity(value: Any, *bases: str) -> Quantity:
    text = _string(_exactly(value, str, "a number with its unit, as a string,"), None)
    try:
        return units.written_quantity(text, *bases)
    except UsageError as error:
        raise MismatchError("bad-unit", str(error), error.hint) from None


def _when(value: Any) -> When:
    """The conditions of a rule; one term, or a list as shorthand for one rule a term."""
    _exactly(value, dict, "a table")
    _known_keys(value, AXES)
    found: dict[str, Any] = {}
    errors: list[Exception] = []
    for key, given in value.items():
        try:
            found[key] = _at(key, partial(_condition, key), given)
        except Exception as error:
            errors.append(error)
    if errors:
        raise ClassValidationError("conditions", errors, When)
    return When(**found)


def _condition(axis: str, given: Any) -> Any:
    if axis not in TERM_AXES and axis != "cutoff":
        found = _range(given)
        (base,) = UNITS[axis]
        if any(end and end.base != base for end in (found.min, found.max)):
            raise MismatchError("bad-unit", f"`{axis}` is in {base}", "`dose` is in mg, `dose_per_kg` in mg/kg")
        return found
    items = given if isinstance(given, list) else [given]
    if not items:
        raise MismatchError("wrong-type", "an empty list of conditions matches nothing")
    return _elements(items, (lambda item: _string(item, None)) if axis in TERM_AXES else _cutoff)


def _known_keys(value: Mapping[str, Any], known: Collection[str]) -> None:
    if errors := _unknown_keys(value, known):
        raise ClassValidationError("unknown keys", errors, dict)


def _unknown_keys(value: Mapping[str, Any], known: Collection[str]) -> list[Exception]:
    return [
        _noted(MismatchError("unknown-key", f"unknown key `{key}`", _near(key, known)), key)
        for key in value
        if key not in known
    ]


def _at(key: str, convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        return convert(value)
    except Exception as error:
        raise _noted(error, key) from None


def _noted(error: Exception, key: str) -> Exception:
    error.__notes__ = [*getattr(error, "__notes__", []), AttributeValidationNote(f"key {key}", key, object)]
    return error


def _check_order(low: Any, high: Any, shown: list[Any]) -> None:
    if low > high:
        raise MismatchError("reversed-range", f"`{shown[0]}` comes after `{shown[1]}`", "write the smaller end first")


# ---------------------------------------------------------------- problems


def _problems(error: BaseException, path: Path) -> Iterator[Problem]:
    """Every leaf of an exception group, with the path that the notes of cattrs spell out."""
    if isinstance(error, ClassValidationError | IterableValidationError):
        for inner in error.exceptions:
            step = _step(inner)
            yield from _problems(inner, path if step is None else (*path, step))
    elif isinstance(error, MismatchError):
        yield path, error.code, str(error), error.hint
    else:
        yield path, "wrong-type", str(error) or type(error).__name__, ""


def _step(error: BaseException) -> str | int | None:
    for note in reversed(getattr(error, "__notes__", [])):
        if isinstance(note, AttributeValidationNote):
            return note.name
        if isinstance(note, IterableValidationNote):
            return note.index
    return None


def _near(key: str, allowed: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, sorted(allowed), n=1)
    return f"did you mean `{near[0]}`?" if near else f"keys: {', '.join(sorted(allowed))}"
